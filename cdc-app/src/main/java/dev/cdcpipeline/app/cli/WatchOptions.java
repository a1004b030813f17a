package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.reconcile.Watch;
import java.time.Duration;
import picocli.CommandLine.Option;

/** How a comparison in the background goes. */
final class WatchOptions {

  @Option(
      names = "--watch",
      description = "compare source and target in the background, again and again")
  private boolean watch;

  @Option(
      names = "--watch-load",
      paramLabel = "PERCENT",
      defaultValue = "5",
      description =
          "share of the time in which the comparison asks a database (default: ${DEFAULT-VALUE})")
  private int load;

  @Option(
      names = "--watch-rows",
      paramLabel = "N",
      defaultValue = "2000",
      description = "rows that are compared at a time (default: ${DEFAULT-VALUE})")
  private int rows;

  @Option(
      names = "--watch-every",
      paramLabel = "TIME",
      defaultValue = "10m",
      description =
          "pause between the end of one comparison of everything and the next (default:"
              + " ${DEFAULT-VALUE})")
  private Duration every;

  boolean isAsked() {
    return watch;
  }

  /**
   * The same for the comparison itself.
   *
   * @throws CommandException a number is out of its bounds
   */
  Watch.Options options(String readerUrl, String targetUrl, String bookUrl) {
    if (load < 1 || load > 100) {
      throw new CommandException("--watch-load must be between 1 and 100, was " + load);
    }
    if (rows < 1 || rows > 100_000) {
      throw new CommandException("--watch-rows must be between 1 and 100000, was " + rows);
    }
    Watch.Options usual = Watch.Options.of(readerUrl, targetUrl, bookUrl);
    return new Watch.Options(
        readerUrl,
        targetUrl,
        bookUrl,
        load,
        rows,
        usual.shown(),
        usual.settling(),
        every,
        usual.patience());
  }

  /** The options as words of a command line. */
  String[] words() {
    return watch
        ? new String[] {
          "--watch",
          "--watch-load=" + load,
          "--watch-rows=" + rows,
          "--watch-every=" + every.toMillis() + "ms"
        }
        : new String[0];
  }
}
