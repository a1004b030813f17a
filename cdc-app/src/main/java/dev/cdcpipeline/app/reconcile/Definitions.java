package dev.cdcpipeline.app.reconcile;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The definitions of the files beside those that the target holds. */
final class Definitions {

  private Definitions() {}

  /** Where the target's definition of a result is not the file's, in words. */
  static List<String> differences(List<ExpectedResult> files, List<ExpectedResult> target) {
    List<String> differences = new ArrayList<>();
    for (ExpectedResult file : files) {
      Optional<ExpectedResult> there =
          target.stream().filter(result -> result.file().equals(file.file())).findFirst();
      if (there.isPresent() && !there.get().equals(file)) {
        differences.add(
            file.file()
                + " is not the definition that the target has under this name; the file's was run."
                + " `cdc results apply` makes them the same");
      }
    }
    return differences;
  }

  /** The results that only the target has. */
  static List<ExpectedResult> withoutFile(List<ExpectedResult> files, List<ExpectedResult> target) {
    return target.stream()
        .filter(result -> files.stream().noneMatch(file -> file.file().equals(result.file())))
        .toList();
  }
}
