package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.reconcile.ReconcileReport;
import dev.cdcpipeline.app.reconcile.RowDifference;
import dev.cdcpipeline.app.reconcile.RowDifference.Cell;
import dev.cdcpipeline.app.reconcile.TableComparison;
import java.io.PrintWriter;
import java.util.Locale;

/**
 * Prints what a comparison found: a table of tables, the first differing rows side by side, the
 * verdict.
 */
final class ReconcilePrinter {

  private ReconcilePrinter() {}

  static void print(ReconcileReport report, PrintWriter out) {
    TextTable table = new TextTable("table", "rows", "differences", "compared with");
    for (TableComparison one : report.tables()) {
      table.row(one.name(), grouped(one.rows()), grouped(one.differences()), one.compared());
    }
    table.print(out);
    report.notCompared().forEach(why -> out.println("not compared: " + why));
    report.notes().forEach(note -> out.println("note: " + note));
    for (TableComparison one : report.tables()) {
      if (!one.first().isEmpty()) {
        printDifferences(one, out);
      }
    }
    out.println();
    out.println(verdict(report));
    out.flush();
  }

  static String verdict(ReconcileReport report) {
    if (report.differences() == 0) {
      return "EQUAL: " + grouped(report.rows()) + " rows compared, every value is the same";
    }
    return "DIFFERENT: "
        + grouped(report.differences())
        + " of "
        + grouped(report.rows())
        + " rows are not the same";
  }

  private static void printDifferences(TableComparison comparison, PrintWriter out) {
    out.println();
    out.println(
        comparison.name()
            + ", the first "
            + comparison.first().size()
            + " of "
            + grouped(comparison.differences())
            + ":");
    for (RowDifference difference : comparison.first()) {
      out.println(
          "  "
              + switch (difference.kind()) {
                case MISSING -> "missing in the target";
                case UNEXPECTED -> "in the target, but not expected";
                case DIFFERENT -> "different";
              });
      TextTable cells = new TextTable("column", "source", "target");
      for (Cell cell : difference.cells()) {
        cells.row(
            cell.key() ? cell.column() + " (key)" : cell.column(),
            side(difference, RowDifference.Kind.UNEXPECTED, cell.source()),
            side(difference, RowDifference.Kind.MISSING, cell.target()));
      }
      cells.print(out, "    ");
    }
  }

  /** A side without the row shows nothing at all, not NULL. */
  private static String side(RowDifference difference, RowDifference.Kind absent, String value) {
    return difference.kind() == absent ? "" : value;
  }

  static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
