/**
 * Holds what the documents promise of the code: arrows between modules and packages, names, and
 * that whatever a document names exists. Nothing here runs the code.
 */
package dev.cdcpipeline.it.architecture;
