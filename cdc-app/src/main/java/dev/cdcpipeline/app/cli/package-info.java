/**
 * The {@code cdc} command: one class per subcommand, and how things are printed. What a command
 * does lives in the packages beside this one; nothing here is worth a library's while.
 */
package dev.cdcpipeline.app.cli;
