package sparkoneks.submission;

/** Where a submission says that from now on it writes: until here nothing was done, and it may be tried elsewhere. */
public final class Begin {
  private static volatile Runnable listener = () -> {};

  private Begin() {}

  /** Says it. */
  public static void announce() {
    listener.run();
  }

  static void tell(Runnable told) {
    listener = told;
  }
}
