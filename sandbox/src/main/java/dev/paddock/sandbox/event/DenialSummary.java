package dev.paddock.sandbox.event;

import dev.paddock.linux.Errno;
import dev.paddock.policy.ByteString;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Gathers what was refused in a run: what, how often, by which rule, and what would grant it. Keeps
 * the first {@value #MOST} different refusals and only counts the others. May be asked from any
 * thread; after the bus is closed it is complete.
 */
public final class DenialSummary implements EventSink {
  /** How many different refusals are kept. */
  public static final int MOST = 1000;

  /**
   * One kind of refusal.
   *
   * @param count how often it happened
   * @param call the system call's name
   * @param object what it was about, such as a path; may be empty
   * @param errno what the process was told; 0 if it was only seen
   * @param rule the line of the policy that refused; empty if it was that none grants it
   * @param hint the flags that would grant it; may be empty
   */
  public record Row(
      long count, String call, ByteString object, int errno, String rule, String hint) {}

  private record Key(String call, ByteString object, int errno, String rule, String hint) {}

  /** A count that needs no new object each time. */
  private static final class Count {
    private long value;
  }

  private final Map<Key, Count> counts = new LinkedHashMap<>();
  private long total;
  private long others;
  private long dropped;

  /** A summary of nothing. */
  public DenialSummary() {}

  @Override
  public String name() {
    return "denials";
  }

  @Override
  public void accept(Event event) {
    if (event instanceof Event.Denied denied) {
      count(
          new Key(denied.call(), denied.arguments(), denied.errno(), denied.rule(), denied.hint()));
    } else if (event instanceof Event.Exec exec && exec.decision() == Event.Decision.DENY) {
      ByteString program = exec.executable().isEmpty() ? exec.path() : exec.executable();
      count(new Key("execve", program, exec.errno(), exec.rule(), ""));
    } else if (event instanceof Event.SignalSent sent && sent.decision() == Event.Decision.DENY) {
      ByteString relation =
          ByteString.of("signal " + sent.signal() + ", " + sent.relation().label());
      count(new Key("kill", relation, Errno.EPERM, sent.rule(), ""));
    } else if (event instanceof Event.Dropped lost) {
      drop(lost.count());
    }
  }

  private synchronized void drop(long count) {
    dropped += count;
  }

  private synchronized void count(Key key) {
    total++;
    Count known = counts.get(key);
    if (known == null) {
      if (counts.size() == MOST) {
        others++;
        return;
      }
      known = new Count();
      counts.put(key, known);
    }
    known.value++;
  }

  /**
   * What was refused, the most frequent first, and of the equally frequent what came first; at the
   * end what programs can do without, which is what was answered with ENOSYS.
   *
   * @param most how many rows at most
   */
  public synchronized List<Row> rows(int most) {
    List<Row> rows = new ArrayList<>(counts.size());
    for (Map.Entry<Key, Count> entry : counts.entrySet()) {
      Key key = entry.getKey();
      rows.add(
          new Row(entry.getValue().value, key.call, key.object, key.errno, key.rule, key.hint));
    }
    // Stable: it keeps the order of arrival. A call that a kernel may not have has a fallback.
    rows.sort(
        Comparator.comparing((Row row) -> row.errno() == Errno.ENOSYS)
            .thenComparing(Comparator.comparingLong(Row::count).reversed()));
    return rows.size() <= most ? rows : List.copyOf(rows.subList(0, most));
  }

  /** How many different refusals are kept. */
  public synchronized int size() {
    return counts.size();
  }

  /** How many refusals there were. */
  public synchronized long total() {
    return total;
  }

  /** How many of them are in no row, because there were too many different ones. */
  public synchronized long others() {
    return others;
  }

  /** How many events of any kind did not get here; some may have been refusals. */
  public synchronized long dropped() {
    return dropped;
  }

  /** A shell tries to execute what it then opens: that is one thing to grant, not two. */
  private static List<Row> together(List<Row> rows) {
    Map<Key, Row> merged = new LinkedHashMap<>();
    for (Row row : rows) {
      String call = row.hint().isEmpty() ? row.call() : "";
      Key key = new Key(call, row.object(), row.errno(), row.rule(), row.hint());
      merged.merge(
          key,
          row,
          (one, other) ->
              new Row(
                  one.count() + other.count(),
                  one.call() + ", " + other.call(),
                  one.object(),
                  one.errno(),
                  one.rule(),
                  one.hint()));
    }
    return new ArrayList<>(merged.values());
  }

  /**
   * The summary for people: for each refusal its count, what it was, the rule and the flag.
   *
   * @param most how many refusals to show
   * @return lines without a prefix; none if nothing was refused
   */
  public synchronized List<String> lines(int most) {
    List<String> lines = new ArrayList<>();
    List<Row> rows = together(rows(MOST));
    rows = rows.subList(0, Math.min(most, rows.size()));
    long shown = 0;
    for (Row row : rows) {
      shown += row.count();
      LineBuffer line = new LineBuffer();
      EventLines.denial(line, row);
      lines.add(line.text());
    }
    if (shown < total) {
      lines.add("and " + (total - shown) + " more");
    }
    if (dropped > 0) {
      lines.add(dropped + " events were lost; there may be more refusals");
    }
    return lines;
  }
}
