/**
 * The storm: a pipeline under a random load and random faults, with proofs that nothing is lost or
 * seen in between. Its parts live in the packages below; this one plays the rounds and judges them.
 */
package dev.cdcpipeline.app.storm;
