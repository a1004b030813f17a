package dev.cdcpipeline.app.simulate;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * One statement of a transaction.
 *
 * @param sql with a question mark for each parameter
 * @param parameters in order; may contain null
 */
record ShopStatement(String sql, List<Object> parameters) {

  static ShopStatement of(String sql, Object... parameters) {
    return new ShopStatement(sql, Collections.unmodifiableList(Arrays.asList(parameters.clone())));
  }
}
