package dev.cdcpipeline.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Runs code on input that anyone may have made: it ends with a value or with the module's own
 * exception, and takes memory and time in proportion to the input. Time is the thread's own, so
 * that a busy machine does not count.
 */
public final class Bounded {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Errors take some kilobytes, and so do texts of known things. */
  private static final int BYTES_OF_AN_ERROR = 1 << 20;

  /** A thousand times what is needed, and soon over if there is no end. */
  private static final Duration LONGEST = Duration.ofSeconds(10);

  private Bounded() {}

  /**
   * Runs an attack.
   *
   * @param refusal the one exception that may come
   * @param checked looks at the exception
   * @param bytes that may be allocated, beside those of an error
   */
  public static <E extends Exception> void attack(
      Class<E> refusal, Consumer<E> checked, long bytes, String input, Attack attack) {
    // the first time classes are loaded, too
    if (allocated(refusal, checked, input, attack) >= bytes + BYTES_OF_AN_ERROR) {
      assertThat(allocated(refusal, checked, input, attack))
          .as("bytes allocated for %s", input)
          .isLessThan(bytes + BYTES_OF_AN_ERROR);
    }
  }

  private static <E extends Exception> long allocated(
      Class<E> refusal, Consumer<E> checked, String input, Attack attack) {
    long allocated = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
    long nanos = THREADS.getCurrentThreadCpuTime();
    try {
      attack.run();
    } catch (Exception e) {
      assertThat(e).as("refusal of %s", input).isInstanceOf(refusal);
      checked.accept(refusal.cast(e));
    } catch (StackOverflowError e) {
      // tens of thousands of lines of a stack hide the input
      throw new AssertionError(
          "no end of the stack at " + e.getStackTrace()[0] + ": " + input, null);
    }
    assertThat(Duration.ofNanos(THREADS.getCurrentThreadCpuTime() - nanos))
        .as("time taken for %s", input)
        .isLessThan(LONGEST);
    return THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - allocated;
  }

  /** What is tried. */
  public interface Attack {
    void run() throws Exception;
  }
}
