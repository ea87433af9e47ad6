package dev.meridian.node.cli.streams;

import picocli.CommandLine.Command;

/** {@code meridian streams}: what tables' streams hold. */
@Command(
        name = "streams",
        description = "Look at the changes of a table: follow them, or check that none is missing.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {AuditCommand.class, TailCommand.class})
public final class StreamsCommand {}
