package dev.cdcpipeline.app.cli;

import picocli.CommandLine.Command;

/** {@code cdc schema}: the source's tables and what follows them. */
@Command(
    name = "schema",
    mixinStandardHelpOptions = true,
    subcommands = SchemaPlanCommand.class,
    synopsisSubcommandLabel = "COMMAND",
    description = "Tells what a change of a source table will do downstream, before it is made.")
final class SchemaCommand {}
