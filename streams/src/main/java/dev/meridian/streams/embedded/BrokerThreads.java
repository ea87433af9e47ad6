package dev.meridian.streams.embedded;

import java.util.function.Consumer;
import org.apache.kafka.common.utils.Exit;
import org.jspecify.annotations.Nullable;

/**
 * The threads of one run of one broker: what it starts inherits this group. A broker that meets a full disk asks Kafka's
 * {@link Exit} to halt the process, and the node's store with it; here only the thread that asked ends, and the owner of
 * its group is told. Who asks from outside any such group gets what was asked for.
 */
final class BrokerThreads extends ThreadGroup {
    static {
        Exit.setHaltProcedure((status, message) -> {
            tellOwner("halt", status, message);
            Runtime.getRuntime().halt(status);
        });
        Exit.setExitProcedure((status, message) -> {
            tellOwner("exit", status, message);
            Runtime.getRuntime().exit(status);
        });
    }

    private final Consumer<Throwable> onEnd;

    /** @param onEnd told, on the thread that asked, that this run of the broker is over */
    BrokerThreads(String name, Consumer<Throwable> onEnd) {
        super(name);
        this.onEnd = onEnd;
    }

    private static void tellOwner(String what, int status, @Nullable String message) {
        for (ThreadGroup group = Thread.currentThread().getThreadGroup(); group != null; group = group.getParent()) {
            if (group instanceof BrokerThreads broker) {
                BrokerFailedException end = new BrokerFailedException("the broker's thread "
                        + Thread.currentThread().getName() + " asked to " + what + " the process with status " + status
                        + (message == null ? "" : ": " + message));
                broker.onEnd.accept(end);
                throw end;
            }
        }
    }
}
