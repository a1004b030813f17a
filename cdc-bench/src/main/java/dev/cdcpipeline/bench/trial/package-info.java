/**
 * The pipeline benchmarks, one class each, and what they have in common: the stack they run on, how
 * they wait for it and what they read off it.
 */
package dev.cdcpipeline.bench.trial;
