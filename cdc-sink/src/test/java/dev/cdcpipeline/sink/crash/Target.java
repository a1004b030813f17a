package dev.cdcpipeline.sink.crash;

/** Where one sink writes: three schemas of its own in one database. */
record Target(int number) {
  String tables() {
    return "mirror_" + number;
  }

  String results() {
    return "analytics_" + number;
  }

  String ledger() {
    return "cdc_" + number;
  }

  @Override
  public String toString() {
    return "target " + number;
  }
}
