package dev.cdcpipeline.it;

import dev.cdcpipeline.app.stack.Way;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * Gives scenarios that run on the embedded stack alone the one that is shared by the whole run;
 * those for every kind of stack have {@link CdcStackTest}.
 */
final class SharedStack
    implements ExecutionCondition, ParameterResolver, TestExecutionExceptionHandler {
  private final StackOfScenario stack = new StackOfScenario(StackKind.EMBEDDED, false, Way.TABLE);

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return StackKind.selected().contains(StackKind.EMBEDDED)
        ? ConditionEvaluationResult.enabled(StackKind.EMBEDDED.title())
        : ConditionEvaluationResult.disabled(
            "not asked for: %s=%s"
                .formatted(StackKind.PROPERTY, System.getProperty(StackKind.PROPERTY)));
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return stack.supportsParameter(parameter, context);
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return stack.resolveParameter(parameter, context);
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    stack.handleTestExecutionException(context, failure);
  }
}
