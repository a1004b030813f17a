/**
 * Benchmarks of the converter, in its package because a registry can be given to it only there.
 * Nothing here but benchmarks: the converter is in {@code cdc-converter}.
 */
package dev.cdcpipeline.converter;
