package dev.cdcpipeline.transforms.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cdcpipeline.transforms.aggregate.AggregationFixture.Item;
import dev.cdcpipeline.transforms.aggregate.AggregationFixture.Summary;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * The algebra of groups: whatever happens in between, the result is that of the rows which are
 * left.
 */
class AggregationPropertyTest {
  private final AggregationFixture items = new AggregationFixture();

  @Property
  void retractUndoesAccumulate(@ForAll("rows") List<Item> kept, @ForAll("rows") List<Item> undone) {
    Group<Item> group = items.groupOf(kept);
    byte[] before = items.stateOf(group);

    undone.forEach(item -> group.accumulate(items.contributionOf(item)));
    undone.forEach(item -> group.retract(items.contributionOf(item)));

    assertThat(items.summaryOf(group)).isEqualTo(items.recompute(kept));
    assertThat(items.summaryOf(items.restored(before, kept))).isEqualTo(items.recompute(kept));
    assertThat(group.isEmpty()).isEqualTo(kept.isEmpty());
  }

  @Property
  void anyOrderOfTheSameChangesGivesTheFinalRows(
      @ForAll("rows") List<Item> kept, @ForAll("rows") List<Item> removed, @ForAll long seed) {
    record Step(Item item, boolean accumulate) {}
    List<Step> steps = new ArrayList<>();
    kept.forEach(item -> steps.add(new Step(item, true)));
    removed.forEach(item -> steps.add(new Step(item, true)));
    removed.forEach(item -> steps.add(new Step(item, false)));
    Collections.shuffle(steps, new Random(seed));

    Group<Item> group = items.groupOf(List.of());
    for (Step step : steps) {
      if (step.accumulate()) {
        group.accumulate(items.contributionOf(step.item()));
      } else {
        group.retract(items.contributionOf(step.item()));
      }
    }

    assertThat(items.summaryOf(group)).isEqualTo(items.recompute(kept));
  }

  @Property
  void anySplitMergesToTheWhole(
      @ForAll("rows") List<Item> kept, @ForAll("rows") List<Item> removed, @ForAll long seed) {
    Random random = new Random(seed);
    List<Group<Item>> parts = new ArrayList<>();
    for (int i = 0; i < 1 + random.nextInt(4); i++) {
      parts.add(items.groupOf(List.of()));
    }
    // a row may be accumulated in one part and retracted in another
    kept.forEach(item -> any(parts, random).accumulate(items.contributionOf(item)));
    removed.forEach(item -> any(parts, random).accumulate(items.contributionOf(item)));
    removed.forEach(item -> any(parts, random).retract(items.contributionOf(item)));

    Group<Item> whole = items.groupOf(List.of());
    parts.forEach(whole::merge);

    assertThat(items.summaryOf(whole)).isEqualTo(items.recompute(kept));
  }

  @Property
  void aStateThatWasWrittenAndReadGoesOn(
      @ForAll("rows") List<Item> first, @ForAll("rows") List<Item> second) {
    Group<Item> group = items.restored(items.stateOf(items.groupOf(first)), first);

    second.forEach(item -> group.accumulate(items.contributionOf(item)));
    first.forEach(item -> group.retract(items.contributionOf(item)));

    assertThat(items.summaryOf(group)).isEqualTo(items.recompute(second));
  }

  @Property
  void aContributionTravelsAsBytes(
      @ForAll("rows") List<Item> rows, @ForAll("rows") List<Item> others) {
    for (Item item : rows) {
      BinaryOutput out = new BinaryOutput();
      items.aggregation.write(out, items.contributionOf(item));
      var read = items.aggregation.read(new BinaryInput(out.toByteArray()));
      assertThat(items.aggregation.isSame(read, items.contributionOf(item))).isTrue();
      for (Item other : others) {
        Summary left = items.recompute(List.of(item));
        Summary right = items.recompute(List.of(other));
        if (!left.equals(right)) {
          assertThat(items.aggregation.isSame(read, items.contributionOf(other))).isFalse();
        }
      }
    }
  }

  @Provide
  static Arbitrary<List<Item>> rows() {
    return AggregationFixture.rows();
  }

  private static Group<Item> any(List<Group<Item>> parts, Random random) {
    return parts.get(random.nextInt(parts.size()));
  }
}
