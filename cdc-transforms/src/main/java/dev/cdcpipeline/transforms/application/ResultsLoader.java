package dev.cdcpipeline.transforms.application;

import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.utils.Utils;

/** Finds the implementation of {@link StreamsResults} that the application is to run. */
final class ResultsLoader {

  /**
   * Makes an object of the class, or of the only one on the class path if none is named.
   *
   * @param className may be null
   * @throws ConfigException saying what is wrong with the class, or that there is none or a choice
   */
  static StreamsResults load(String className) {
    return className == null ? theOnlyOne() : named(className);
  }

  private static StreamsResults named(String className) {
    Class<?> type;
    try {
      type = Class.forName(className, true, Utils.getContextOrKafkaClassLoader());
    } catch (ClassNotFoundException e) {
      throw refused(
          className,
          "there is no such class on the class path; put its jar beside those of the application,"
              + " or correct the name",
          e);
    } catch (LinkageError e) {
      throw refused(
          className,
          "the class cannot be loaded: "
              + e
              + "; put what it was compiled with on the class path, in the same versions",
          e);
    }
    if (!StreamsResults.class.isAssignableFrom(type)) {
      throw refused(
          className,
          "the class is no " + StreamsResults.class.getName() + "; let it implement that",
          null);
    }
    try {
      return (StreamsResults) type.getConstructor().newInstance();
    } catch (InvocationTargetException e) {
      throw refused(
          className,
          "its constructor fails: " + e.getCause() + "; let it do less, and configure do the rest",
          e.getCause());
    } catch (ReflectiveOperationException e) {
      throw refused(
          className,
          "no object can be made of it; it must be a public class, not abstract, with a public"
              + " constructor without parameters",
          e);
    }
  }

  private static ConfigException refused(String className, String problem, Throwable cause) {
    ConfigException refused =
        new ConfigException(
            ApplicationConfig.RESULTS, className, "cannot load the results: " + problem);
    if (cause != null) {
      // not its cause: the message of the innermost one is what the application ends with
      refused.addSuppressed(cause);
    }
    return refused;
  }

  private static StreamsResults theOnlyOne() {
    List<ServiceLoader.Provider<StreamsResults>> found;
    try {
      found =
          ServiceLoader.load(StreamsResults.class, Utils.getContextOrKafkaClassLoader()).stream()
              .toList();
    } catch (ServiceConfigurationError e) {
      throw notNamed(
          "a jar on the class path offers some that cannot be loaded: " + e.getMessage());
    }
    if (found.isEmpty()) {
      throw notNamed("no jar on the class path offers any");
    }
    if (found.size() > 1) {
      throw notNamed(
          "several are on the class path: "
              + found.stream()
                  .map(provider -> provider.type().getName())
                  .sorted()
                  .collect(Collectors.joining(", ")));
    }
    return found.get(0).get();
  }

  private static ConfigException notNamed(String problem) {
    return new ConfigException(
        "cannot load the results: "
            + ApplicationConfig.RESULTS
            + " is not set, and "
            + problem
            + "; set it to the name of a class that implements "
            + StreamsResults.class.getName());
  }

  private ResultsLoader() {}
}
