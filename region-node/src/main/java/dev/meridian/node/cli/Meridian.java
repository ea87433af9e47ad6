package dev.meridian.node.cli;

import dev.meridian.node.cli.client.ClockCommand;
import dev.meridian.node.cli.client.ConflictsCommand;
import dev.meridian.node.cli.client.DisassociateCommand;
import dev.meridian.node.cli.client.DrainCommand;
import dev.meridian.node.cli.client.PauseCommand;
import dev.meridian.node.cli.client.ResumeCommand;
import dev.meridian.node.cli.client.StatusCommand;
import dev.meridian.node.cli.client.VerifyCommand;
import dev.meridian.node.cli.streams.StreamsCommand;
import dev.meridian.node.cli.triggers.TriggersCommand;
import java.util.ServiceLoader;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ScopeType;

/** The command {@code meridian}. Commands of modules above this one join through {@link CommandProvider}. */
@Command(
        name = "meridian",
        description = "A multi-region replicated store that any Amazon DynamoDB client can use unchanged.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        versionProvider = ManifestVersion.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            UpCommand.class,
            RegionCommand.class,
            StatusCommand.class,
            ClockCommand.class,
            ConflictsCommand.class,
            DisassociateCommand.class,
            DrainCommand.class,
            PauseCommand.class,
            ResumeCommand.class,
            StreamsCommand.class,
            TriggersCommand.class,
            VerifyCommand.class
        },
        footerHeading = "%n",
        footer = {
            "  test    Build everything and run all tests (needs Maven); with --deep those too that take hours.",
            "",
            "Exit codes: 0 done, 1 could not be done, 2 wrong usage.",
            "JVM options: MERIDIAN_OPTS, for example MERIDIAN_OPTS=-Xmx1g."
        })
public final class Meridian {
    static final int EXIT_FAILED = 1;

    private Meridian() {}

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new Meridian());
        ServiceLoader.load(CommandProvider.class)
                .forEach(provider -> provider.commands().forEach(commandLine::addSubcommand));
        return commandLine
                .setParameterExceptionHandler(Meridian::explainUsage)
                .setExecutionExceptionHandler(Meridian::explainFailure)
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    /** Wrong usage: one line that says what, one that says where to look. */
    private static int explainUsage(CommandLine.ParameterException wrong, String[] args) {
        CommandLine command = wrong.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        command.getErr().println(name + ": " + wrong.getMessage() + " (see " + name + " --help)");
        return CommandLine.ExitCode.USAGE;
    }

    /** What could not be done is one line; only a bug shows its stack. */
    private static int explainFailure(Exception failure, CommandLine command, CommandLine.ParseResult parsed)
            throws Exception {
        if (failure instanceof CommandFailedException expected) {
            command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + expected.getMessage());
            return EXIT_FAILED;
        }
        throw failure;
    }
}
