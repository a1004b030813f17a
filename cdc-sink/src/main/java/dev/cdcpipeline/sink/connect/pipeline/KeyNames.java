package dev.cdcpipeline.sink.connect.pipeline;

import dev.cdcpipeline.model.event.Column;
import dev.cdcpipeline.model.event.RowType;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The columns that a key's fields stand for. Debezium says a column's own name in the row only; in
 * the key there is what it has made of it for Avro ({@code field.name.adjustment.mode=avro}).
 */
public final class KeyNames {
  private static final Pattern UNFIT_FOR_AVRO = Pattern.compile("[^a-zA-Z0-9_]");

  private KeyNames() {}

  /** The columns' names, the same list if the fields have them already. */
  public static List<String> columns(List<String> fields, RowType row) {
    for (String field : fields) {
      if (row.indexOf(field) < 0) {
        return translated(fields, row);
      }
    }
    return fields;
  }

  private static List<String> translated(List<String> fields, RowType row) {
    List<String> names = new ArrayList<>(fields.size());
    for (String field : fields) {
      names.add(
          row.indexOf(field) >= 0
              ? field
              : row.columns().stream()
                  .map(Column::name)
                  .filter(name -> fieldOf(name).equals(field))
                  .findFirst()
                  .orElse(field));
    }
    return List.copyOf(names);
  }

  /** The name of the field that Debezium makes for a column. */
  static String fieldOf(String column) {
    String field = UNFIT_FOR_AVRO.matcher(column).replaceAll("_");
    return Character.isDigit(field.charAt(0)) ? "_" + field : field;
  }
}
