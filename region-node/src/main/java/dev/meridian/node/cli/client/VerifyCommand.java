package dev.meridian.node.cli.client;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code meridian verify}: proves that all regions hold the same, or names what differs. */
@Command(
        name = "verify",
        description = "Compare a table in all its regions at one cut, also while it is written to.",
        footerHeading = "%n",
        footer = "Exit codes: 0 no difference, 1 differences, or not to be verified now.")
public final class VerifyCommand implements Callable<Integer> {
    private static final int EXIT_DIFFERENT = 1;
    private static final int SHOWN = 100;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ClientOptions options = new ClientOptions();

    @Option(names = "--table", paramLabel = "NAME", required = true, description = "The table.")
    private String table = "";

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "60",
            converter = SecondsConverter.class,
            description = "How long the regions may take to apply what was committed. Default: ${DEFAULT-VALUE}")
    private Duration timeout = Duration.ZERO;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        Verification.Result result = new Verification(options.client(), table, timeout).run();
        if (options.json()) {
            out.println(result.json(table).toPrettyString());
        } else {
            print(result, out);
        }
        out.flush();
        return result.differing().isEmpty() ? 0 : EXIT_DIFFERENT;
    }

    private void print(Verification.Result result, PrintWriter out) {
        result.items().forEach((region, count) -> out.printf("%s: %d items%n", region, count));
        if (result.undecided() > 0) {
            out.printf("%d keys were written to faster than they could be compared%n", result.undecided());
        }
        if (result.differing().isEmpty()) {
            out.printf(
                    "%s is the same in all %d regions%n", table, result.items().size());
            return;
        }
        out.printf("%s differs in %d keys%n", table, result.differing().size());
        result.differing().entrySet().stream()
                .limit(SHOWN)
                .forEach(entry -> out.printf("  %s: %s%n", entry.getKey(), entry.getValue()));
        if (result.differing().size() > SHOWN) {
            out.printf("  … and %d more; --json names all%n", result.differing().size() - SHOWN);
        }
    }
}
