package dev.meridian.simulator;

import dev.meridian.node.cli.CommandFailedException;
import dev.meridian.node.cli.streams.StreamsCommand;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

/** {@code meridian streams …} within this process. */
final class StreamCommands {
    private StreamCommands() {}

    record Outcome(int exit, String out, String err) {}

    /** @param port the front door's, or a region's own */
    static Outcome run(int port, String... words) {
        List<String> all = new ArrayList<>(List.of(words));
        all.add("--endpoint");
        all.add("http://localhost:" + port);
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = new CommandLine(new StreamsCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    if (!(failure instanceof CommandFailedException)) {
                        throw failure;
                    }
                    command.getErr().println(failure.getMessage());
                    return 1;
                });
        int exit = commandLine.execute(all.toArray(new String[0]));
        commandLine.getErr().flush();
        return new Outcome(exit, out.toString(), err.toString());
    }
}
