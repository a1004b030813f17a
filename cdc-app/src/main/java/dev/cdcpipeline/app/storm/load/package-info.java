/**
 * What is written at the source during a storm: sessions that choose transactions at random, and
 * the shop simulator. It notes what it has committed; it must not know the target.
 */
package dev.cdcpipeline.app.storm.load;
