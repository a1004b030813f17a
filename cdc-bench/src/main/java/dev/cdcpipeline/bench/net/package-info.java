/** A network that is slower than loopback, made of this process. Knows nothing of databases. */
package dev.cdcpipeline.bench.net;
