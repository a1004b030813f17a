/**
 * The embedded stack: real servers as child processes on loopback, started, watched and stopped.
 * Nothing here prints.
 */
package dev.cdcpipeline.app.stack;
