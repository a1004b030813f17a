package dev.cdcpipeline.sink.transaction;

/**
 * Whole transactions can't be made of what was read. Nothing was released that is not whole; a new
 * assembler that reads from the ledger's offsets comes to the same place.
 */
public class AssemblyException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  AssemblyException(String message) {
    super(message);
  }
}
