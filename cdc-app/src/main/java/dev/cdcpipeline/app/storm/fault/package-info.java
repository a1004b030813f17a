/**
 * What a storm does to a pipeline: each fault is a class with a name. A fault strikes, lasts, and
 * is over when its call returns; it must not judge what follows.
 */
package dev.cdcpipeline.app.storm.fault;
