package dev.cdcpipeline.it;

import dev.cdcpipeline.app.stack.Way;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ClassTemplateInvocationContext;
import org.junit.jupiter.api.extension.ClassTemplateInvocationContextProvider;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Runs a class of scenarios once on each kind of stack; see {@link CdcStackTest}. */
public final class CdcStackExtension implements ClassTemplateInvocationContextProvider {
  /** For JUnit. */
  public CdcStackExtension() {}

  @Override
  public boolean supportsClassTemplate(ExtensionContext context) {
    return AnnotationSupport.isAnnotated(context.getRequiredTestClass(), CdcStackTest.class);
  }

  @Override
  public boolean mayReturnZeroClassTemplateInvocationContexts(ExtensionContext context) {
    return true;
  }

  @Override
  public Stream<ClassTemplateInvocationContext> provideClassTemplateInvocationContexts(
      ExtensionContext context) {
    CdcStackTest test =
        AnnotationSupport.findAnnotation(context.getRequiredTestClass(), CdcStackTest.class)
            .orElseThrow();
    if (test.way() != Way.TABLE && !test.ownStack()) {
      throw new IllegalStateException(
          "%s asks for way %s on the shared stack, which goes the table way; add ownStack = true"
              .formatted(context.getRequiredTestClass().getName(), test.way()));
    }
    Set<StackKind> selected = StackKind.selected();
    return Stream.of(test.on())
        .filter(selected::contains)
        .map(kind -> new OnStack(kind, test.ownStack(), test.way()));
  }

  private record OnStack(StackKind kind, boolean own, Way way)
      implements ClassTemplateInvocationContext {
    @Override
    public String getDisplayName(int invocationIndex) {
      return kind.title();
    }

    @Override
    public List<Extension> getAdditionalExtensions() {
      return List.of(new StackOfScenario(kind, own, way));
    }
  }
}
