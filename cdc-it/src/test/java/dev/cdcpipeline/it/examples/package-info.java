/**
 * Builds the projects under {@code examples} against this build's modules and runs them with fakes,
 * so that no change of a library leaves them behind. No server is started here.
 */
package dev.cdcpipeline.it.examples;
