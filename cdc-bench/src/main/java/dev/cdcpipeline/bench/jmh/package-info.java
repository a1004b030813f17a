/**
 * JMH benchmarks of the libraries, each beside what else could do the same work. Nothing here is
 * used by the product; what runs a whole pipeline does not live here.
 */
package dev.cdcpipeline.bench.jmh;
