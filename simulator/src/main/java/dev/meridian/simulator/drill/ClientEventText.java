package dev.meridian.simulator.drill;

/** For people. */
final class ClientEventText {
    private ClientEventText() {}

    static String of(ClientEvent event) {
        return switch (event.kind()) {
            case FAILED -> "met an error at " + event.region();
            case DECIDED -> "fail over to " + event.region();
            case RETURNED -> "are home again";
        };
    }
}
