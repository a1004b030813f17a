/**
 * A network that misbehaves on purpose: a proxy on loopback between two parts. It knows bytes and
 * connections; it must not know who talks through it.
 */
package dev.cdcpipeline.app.net;
