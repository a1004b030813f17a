package dev.cdcpipeline.it;

import dev.cdcpipeline.app.stack.Way;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.ClassTemplate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A class of scenarios that runs once on each kind of stack that is asked for ({@code
 * -Dcdc.stack=embedded|containers|all}).
 *
 * <p>The constructor or a method takes a {@link TableWay}, or a {@link
 * dev.cdcpipeline.app.stack.CdcStack}, as a parameter. The stack is started by the first that asks
 * and shared by all classes of the run; a scenario must leave it running. Without Docker the run on
 * containers is skipped with the reason, or fails if the environment has {@code
 * CDC_REQUIRE_CONTAINERS=true}. A scenario that fails carries the last lines of every piece's log.
 */
@Documented
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ClassTemplate
@ExtendWith(CdcStackExtension.class)
@Tag("stack")
public @interface CdcStackTest {
  /** The kinds that its scenarios can run on. */
  StackKind[] on() default {StackKind.EMBEDDED, StackKind.CONTAINERS};

  /**
   * Whether the class has a stack of its own, stopped after it: for scenarios that change tables,
   * and whatever others could not go on after.
   */
  boolean ownStack() default false;

  /**
   * The ways from change topics to results that its stack goes; with the topic way it has the
   * Streams application and the sinks of the result topics. Other than {@link Way#TABLE} only with
   * a stack of its own.
   */
  Way way() default Way.TABLE;
}
