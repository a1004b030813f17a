/**
 * Data-quality rules: what is wrong with a row. Rules observe, the row still flows; how violations
 * are kept and published is not known here.
 */
package dev.cdcpipeline.transforms.quality;
