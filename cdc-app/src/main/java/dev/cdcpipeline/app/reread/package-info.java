/**
 * Reads a captured table again: asks its source connector for an incremental snapshot and waits for
 * its end. Whether the mirrors are equal then is the comparison's concern, not this package's.
 */
package dev.cdcpipeline.app.reread;
