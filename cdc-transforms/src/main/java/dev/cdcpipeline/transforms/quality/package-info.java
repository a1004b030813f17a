/**
 * Data-quality rules: which rows break one, since when and until when. Rules observe, the row still
 * flows; no table and no rule of anybody's is known here.
 */
package dev.cdcpipeline.transforms.quality;
