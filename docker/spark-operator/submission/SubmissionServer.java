package sparkoneks.submission;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Timer;
import java.util.TimerTask;

/**
 * The operator's JVM that stays: takes the command lines of submissions over a Unix socket, one after the other.
 *
 * <p>Of each connection the server says R once it has time for it; then it reads a length and the arguments, with a
 * NUL after each; then it says E with what the submission prints, B once it begins to write, and X with its exit
 * status. E and X are followed by a length and that many bytes. Until B nothing was done.
 *
 * <p>Nothing here is for two threads: Spark's settings are properties of the system.
 */
public final class SubmissionServer {
  /** Submissions of one JVM: whatever may pile up in it ends with it. */
  private static final int SUBMISSIONS = 2000;

  /** A command line that is longer is not the operator's: etcd holds no object of that size. */
  private static final int LONGEST = 8 << 20;

  /** Exit status of a JVM whose submission took too long. */
  private static final int STUCK = 70;

  private final long seconds;
  private final PrintStream own = System.err;
  private volatile DataOutputStream answers;

  private SubmissionServer(long seconds) {
    this.seconds = seconds;
  }

  /** Arguments: the path of the socket, and the seconds that a submission may take. */
  public static void main(String[] arguments) throws Exception {
    new SubmissionServer(Long.parseLong(arguments[1])).serve(Path.of(arguments[0]));
  }

  private void serve(Path path) throws Exception {
    System.setErr(new PrintStream(new Answer(), true, StandardCharsets.UTF_8));
    System.setOut(System.err);
    WarmUp.run(System.err);
    Begin.tell(() -> say('B'));
    Files.deleteIfExists(path);
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));
      own.println("spark-submit: a JVM waits for submissions");
      for (int count = 0; count < SUBMISSIONS; count++) {
        try (SocketChannel connection = server.accept()) {
          answer(connection);
        } catch (IOException | UncheckedIOException gone) {
          // Whoever asked was ended: there is nobody left to tell.
          own.println("spark-submit: " + gone);
        }
      }
    }
    Files.deleteIfExists(path);
  }

  private void answer(SocketChannel connection) throws IOException, InterruptedException {
    DataInputStream requests = new DataInputStream(Channels.newInputStream(connection));
    DataOutputStream told =
        new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(connection)));
    Timer limit = limit();
    try {
      told.writeByte('R');
      told.flush();
      String[] arguments = read(requests);
      answers = told;
      int status = Submission.run(arguments, System.err);
      System.err.flush();
      say('X', String.valueOf(status).getBytes(StandardCharsets.US_ASCII));
    } finally {
      answers = null;
      limit.cancel();
    }
  }

  private static String[] read(DataInputStream requests) throws IOException {
    int length = requests.readInt();
    if (length < 0 || length > LONGEST) {
      throw new IOException("a command line of " + length + " bytes; " + LONGEST + " are the most");
    }
    String text = new String(requests.readNBytes(length), StandardCharsets.UTF_8);
    return text.isEmpty() ? new String[0] : text.substring(0, text.length() - 1).split("\0", -1);
  }

  /** A thread that waits for a silent server can't be ended, a JVM can. */
  private Timer limit() {
    Timer timer = new Timer("limit", true);
    timer.schedule(
        new TimerTask() {
          @Override
          public void run() {
            own.println("spark-submit: a submission takes more than " + seconds + " s; the JVM ends");
            Runtime.getRuntime().halt(STUCK);
          }
        },
        seconds * 1000);
    return timer;
  }

  private synchronized void say(char what, byte... content) {
    DataOutputStream told = answers;
    if (told == null) {
      return;
    }
    try {
      told.writeByte(what);
      if (what != 'B') {
        told.writeInt(content.length);
        told.write(content);
      }
      told.flush();
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }

  /** What is printed goes to whoever asked, and to the JVM's own log between two submissions. */
  private final class Answer extends OutputStream {
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    @Override
    public synchronized void write(int letter) {
      line.write(letter);
    }

    @Override
    public synchronized void write(byte[] letters, int from, int count) {
      line.write(letters, from, count);
    }

    @Override
    public synchronized void flush() {
      byte[] printed = line.toByteArray();
      line.reset();
      if (printed.length == 0) {
        return;
      }
      if (answers == null) {
        own.write(printed, 0, printed.length);
        own.flush();
      } else {
        say('E', printed);
      }
    }
  }
}
