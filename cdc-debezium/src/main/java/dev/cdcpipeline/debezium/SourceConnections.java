package dev.cdcpipeline.debezium;

import io.debezium.config.Configuration;
import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.jdbc.JdbcConfiguration;
import io.debezium.jdbc.JdbcConnection.ConnectionFactory;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.LocalDate;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import org.postgresql.Driver;

/**
 * Opens Debezium's connections to the source, those of the snapshot and that of the stream.
 *
 * <ul>
 *   <li>Every setting that changes the text of a value is pinned, whatever the server, the database
 *       or the role has. Row security can't hide rows from a snapshot: it is refused.
 *   <li>Debezium sees no column defaults. It would parse their SQL, stop at some, and say others
 *       wrongly; {@link ColumnFacts} says what the catalogue has.
 *   <li>Debezium sees no generated columns of a server that does not publish them: the rows of a
 *       snapshot would have them and no later change.
 *   <li>Nor columns that the publication's column list leaves out, for the same reason.
 *   <li>Dates are read as days of the Gregorian calendar; the driver's own class has the Julian one
 *       before 15 October 1582, and no ten days before it.
 *   <li>A domain over an enum, and an enum without labels, are types without labels to Debezium,
 *       which would fail at them wherever they are in the database.
 * </ul>
 */
public final class SourceConnections implements ConnectionFactory {
  private static final String FACTORY =
      "database." + JdbcConfiguration.CONNECTION_FACTORY_CLASS.name();
  private static final String INCLUDED = "column.include.list";
  private static final String EXCLUDED = "column.exclude.list";
  private static final String PUBLICATION = "cdc.publication";

  /** From version 15 on a publication may list columns. */
  private static final int LISTS_COLUMNS = 15;

  private static final String PUBLISHED =
      "SELECT schemaname, tablename, attnames::text[] FROM pg_catalog.pg_publication_tables"
          + " WHERE pubname = ?";

  private static final String NO_COLUMN = "(?!)";
  private static final int PUBLISHES_GENERATED = 18;
  private static final String OPTIONS = "options";
  private static final String DEFAULT_PORT = "5432";

  // TimeZone is the driver's to set, which reads times in it; it is never the server's
  private static final List<String> PINNED =
      List.of(
          "DateStyle=ISO,YMD",
          "IntervalStyle=postgres",
          "bytea_output=hex",
          "extra_float_digits=3",
          "lc_monetary=C",
          "xmlbinary=base64",
          "xmloption=content",
          "quote_all_identifiers=off",
          "standard_conforming_strings=on",
          "row_security=off");

  private static final String CATEGORY = "t.typcategory as category";
  private static final String LABELLED_CATEGORY =
      "CASE WHEN t.typcategory = 'E' AND e.values IS NULL THEN 'U' ELSE t.typcategory END as"
          + " category";

  /** For Debezium. */
  public SourceConnections() {}

  /** The configuration with which Debezium opens its connections here. */
  static Configuration in(Configuration config) {
    Configuration.Builder edited =
        config
            .edit()
            .with(FACTORY, SourceConnections.class.getName())
            .with(
                "database." + PUBLICATION,
                config.getString(PostgresConnectorConfig.PUBLICATION_NAME));
    if (config.getString(INCLUDED) == null && config.getString(EXCLUDED) == null) {
      // with a filter Debezium names columns in its queries, and reads no others
      edited.with(EXCLUDED, NO_COLUMN);
    }
    return edited.build();
  }

  @Override
  public Connection connect(JdbcConfiguration config) throws SQLException {
    Properties properties = config.asProperties();
    properties.setProperty(OPTIONS, options(properties.getProperty(OPTIONS)));
    String url =
        "jdbc:postgresql://%s:%s/%s"
            .formatted(
                config.getHostname(),
                config.getString(JdbcConfiguration.PORT.name(), DEFAULT_PORT),
                config.getDatabase());
    // not by DriverManager, which offers only drivers of the class loader that asks
    return observed(new Driver().connect(url, properties), config.getString(PUBLICATION, ""));
  }

  /** Startup options: the configuration's own, and behind them, so that they win, the pinned. */
  static String options(String configured) {
    String pinned = PINNED.stream().map(set -> "-c " + set).collect(Collectors.joining(" "));
    return configured == null || configured.isBlank() ? pinned : configured + " " + pinned;
  }

  private static Connection observed(Connection driver, String publication) {
    return proxy(
        Connection.class,
        (method, arguments) -> {
          if (method.getName().equals("prepareStatement")) {
            arguments[0] = rewritten((String) arguments[0]);
          }
          Object result = method.invoke(driver, arguments);
          return switch (method.getName()) {
            case "createStatement" -> observed(Statement.class, (Statement) result);
            case "prepareStatement" ->
                observed(PreparedStatement.class, (PreparedStatement) result);
            case "getMetaData" -> observed((DatabaseMetaData) result, publication);
            default -> result;
          };
        });
  }

  private static <S extends Statement> S observed(Class<S> type, S statement) {
    return proxy(
        type,
        (method, arguments) -> {
          if (arguments != null && arguments[0] instanceof String sql) {
            arguments[0] = rewritten(sql);
          }
          Object result = method.invoke(statement, arguments);
          return result instanceof ResultSet rows ? withDays(rows) : result;
        });
  }

  private static ResultSet withDays(ResultSet rows) throws SQLException {
    ResultSetMetaData columns = rows.getMetaData();
    BitSet days = new BitSet();
    for (int i = 1; i <= columns.getColumnCount(); i++) {
      days.set(i, columns.getColumnType(i) == Types.DATE);
    }
    return days.isEmpty()
        ? rows
        : proxy(
            ResultSet.class,
            (method, arguments) ->
                method.getName().equals("getObject")
                        && arguments.length == 1
                        && arguments[0] instanceof Integer i
                        && days.get(i)
                    ? rows.getObject(i, LocalDate.class)
                    : method.invoke(rows, arguments));
  }

  private static DatabaseMetaData observed(DatabaseMetaData metadata, String publication) {
    return proxy(
        DatabaseMetaData.class,
        (method, arguments) -> {
          Object result = method.invoke(metadata, arguments);
          return method.getName().equals("getColumns")
              ? observed(
                  (ResultSet) result,
                  metadata.getDatabaseMajorVersion() >= PUBLISHES_GENERATED,
                  published(metadata, publication))
              : result;
        });
  }

  /** The columns that a publication has of each of its tables, by schema and table. */
  private static Map<List<String>, Set<String>> published(
      DatabaseMetaData metadata, String publication) throws SQLException {
    Map<List<String>, Set<String>> columns = new HashMap<>();
    if (metadata.getDatabaseMajorVersion() < LISTS_COLUMNS) {
      return columns;
    }
    try (PreparedStatement query = metadata.getConnection().prepareStatement(PUBLISHED)) {
      query.setString(1, publication);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          columns.put(
              List.of(row.getString(1), row.getString(2)),
              Set.of((String[]) row.getArray(3).getArray()));
        }
      }
    }
    return columns;
  }

  private static ResultSet observed(
      ResultSet columns, boolean publishesGenerated, Map<List<String>, Set<String>> published)
      throws SQLException {
    int schema = columns.findColumn("TABLE_SCHEM");
    int table = columns.findColumn("TABLE_NAME");
    int name = columns.findColumn("COLUMN_NAME");
    int preset = columns.findColumn("COLUMN_DEF");
    int generated = columns.findColumn("IS_GENERATEDCOLUMN");
    return proxy(
        ResultSet.class,
        (method, arguments) -> {
          if (method.getName().equals("next")) {
            boolean found = columns.next();
            while (found
                && (!publishesGenerated && "YES".equals(columns.getString(generated))
                    || isLeftOut(
                        published.get(List.of(columns.getString(schema), columns.getString(table))),
                        columns.getString(name)))) {
              found = columns.next();
            }
            return found;
          }
          return method.getName().equals("getString") && arguments[0].equals(preset)
              ? null
              : method.invoke(columns, arguments);
        });
  }

  private static boolean isLeftOut(Set<String> published, String column) {
    return published != null && !published.contains(column);
  }

  static String rewritten(String sql) {
    return sql.replace(CATEGORY, LABELLED_CATEGORY);
  }

  private interface Call {
    Object of(Method method, Object[] arguments)
        throws SQLException, IllegalAccessException, InvocationTargetException;
  }

  private static <T> T proxy(Class<T> type, Call call) {
    return type.cast(
        Proxy.newProxyInstance(
            SourceConnections.class.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              try {
                return call.of(method, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }
}
