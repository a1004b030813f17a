/** The command {@code cdc bench}: which benchmarks, how much effort, where the results go. */
package dev.cdcpipeline.bench.cli;
