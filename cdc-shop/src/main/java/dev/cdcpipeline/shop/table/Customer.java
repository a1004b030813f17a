package dev.cdcpipeline.shop.table;

/** What the results need of a row of {@code customers}. */
public record Customer(long customerId, String email, String firstName, String lastName) {

  /** {@code first_name || ' ' || last_name}: null if either is. */
  public String fullName() {
    return firstName == null || lastName == null ? null : firstName + " " + lastName;
  }
}
