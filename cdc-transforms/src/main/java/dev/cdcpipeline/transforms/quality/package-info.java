/**
 * Data-quality rules: which rows break one, since when and until when. Rules observe, the row still
 * flows. Knows no particular table or rule.
 */
package dev.cdcpipeline.transforms.quality;
