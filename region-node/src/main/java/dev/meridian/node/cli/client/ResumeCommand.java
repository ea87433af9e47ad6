package dev.meridian.node.cli.client;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code meridian resume}: takes up a direction of replication that was paused. */
@Command(name = "resume", description = "Take up again the replication from one region to another.")
public final class ResumeCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ClientOptions options = new ClientOptions();

    @Mixin
    private Direction direction = new Direction();

    @Override
    public Integer call() {
        return PauseCommand.ask(
                "resume", "resumed", options, direction, spec.commandLine().getOut());
    }
}
