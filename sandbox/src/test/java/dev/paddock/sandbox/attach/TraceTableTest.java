package dev.paddock.sandbox.attach;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever order the kernel's words come in, the table says the same in the end. */
final class TraceTableTest {
  private static final Scope SCOPE = new Scope("s");

  /** One word of the kernel, about one thread. */
  private record Word(String kind, int thread, int other) {
    void tell(TraceTable table) {
      switch (kind) {
        case "born" -> table.born(thread, other);
        case "stopped" -> table.stopped(thread);
        case "executed" -> table.executed(thread, other);
        case "gone" -> table.gone(thread);
        default -> throw new AssertionError(kind);
      }
    }
  }

  /** What /proc would say, for as long as somebody is there. */
  private static final Map<Integer, ThreadOwnership.Place> PLACES =
      Map.of(
          10, new ThreadOwnership.Place(10, 1, 0),
          11, new ThreadOwnership.Place(10, 1, 0), // a thread of 10
          20, new ThreadOwnership.Place(20, 10, 0), // a child of 10
          21, new ThreadOwnership.Place(20, 10, 0), // a thread of that child
          30, new ThreadOwnership.Place(30, 20, 0)); // a grandchild

  private static TraceTable table() {
    TraceTable table = new TraceTable(thread -> Optional.ofNullable(PLACES.get(thread)), SCOPE);
    table.seized(10, new ThreadOwnership.Place(10, 1, 0));
    table.seized(11, new ThreadOwnership.Place(10, 1, 0));
    return table;
  }

  private static List<TracedThread> state(TraceTable table) {
    List<TracedThread> all = new ArrayList<>(table.all());
    all.sort(Comparator.comparingInt(TracedThread::thread));
    return all;
  }

  private static List<TracedThread> after(List<Word> words) {
    TraceTable table = table();
    for (Word word : words) {
      word.tell(table);
    }
    assertThat(table.awaited()).as("%s", words).isZero();
    return state(table);
  }

  /** The parent's word about a child, at every point of what the child does. */
  private static void everywhere(Word birth, List<Word> life) {
    List<Word> usual = new ArrayList<>(life);
    usual.addFirst(birth);
    List<TracedThread> expected = after(usual);
    for (int at = 1; at <= life.size(); at++) {
      List<Word> words = new ArrayList<>(life);
      words.add(at, birth);
      assertThat(after(words)).as("%s", words).isEqualTo(expected);
    }
  }

  private static Word born(int parent, int child) {
    return new Word("born", parent, child);
  }

  private static Word stopped(int thread) {
    return new Word("stopped", thread, 0);
  }

  private static Word executed(int process, int former) {
    return new Word("executed", process, former);
  }

  private static Word gone(int thread) {
    return new Word("gone", thread, 0);
  }

  @Test
  void aChildsBirthMayComeAtAnyPoint() {
    everywhere(born(10, 20), List.of(stopped(20)));
    everywhere(born(11, 20), List.of(stopped(20), executed(20, 20)));
    everywhere(born(10, 20), List.of(stopped(20), executed(20, 20), executed(20, 20), gone(20)));
    everywhere(born(10, 20), List.of(stopped(20), gone(20)));
    everywhere(born(10, 20), List.of(gone(20))); // killed before it stood still
  }

  @Test
  void aThreadsBirthMayComeAtAnyPoint() {
    everywhere(born(10, 20), List.of(stopped(20), born(20, 21), stopped(21), gone(21)));
    everywhere(born(10, 20), List.of(stopped(20), born(20, 21), stopped(21), executed(20, 21)));
  }

  @Test
  void aGrandchildsBirthMayComeBeforeItsParents() {
    everywhere(
        born(10, 20),
        List.of(stopped(20), born(20, 30), stopped(30), executed(30, 30), gone(20), gone(30)));
    everywhere(born(10, 20), List.of(born(20, 30), stopped(20), stopped(30), executed(30, 30)));
  }

  @Test
  void whatAChildHasDoneIsKeptAndWhoseItIsRepaired() {
    TraceTable table = table();
    assertThat(table.stopped(30)).map(TracedThread::parent).contains(20); // 20 is not known yet
    table.executed(30, 30);
    assertThat(table.get(30)).map(TracedThread::born).contains(false);
    table.stopped(20);
    assertThat(table.born(20, 30)).isEmpty();
    TracedThread child = table.get(30).orElseThrow();
    assertThat(child).isEqualTo(new TracedThread(30, 30, 20, SCOPE, true, true, 1));
  }

  @Test
  void anExecByAnotherThreadLeavesTheLeaderAlone() {
    TraceTable table = table();
    TracedThread process = table.executed(10, 11);
    assertThat(process.execs()).isOne();
    assertThat(state(table)).containsExactly(process);
    assertThat(table.gone(10)).contains(process);
    assertThat(table.processes()).isZero();
  }

  @Test
  void whoEndsBeforeBirthAndWhoseParentEndsTooIsForgotten() {
    TraceTable table = table();
    table.born(10, 20);
    table.stopped(20);
    table.stopped(30);
    table.gone(30);
    assertThat(table.awaited()).isOne();
    table.gone(20);
    assertThat(table.awaited()).isZero();
  }

  /** Many lives at the same time, their words shuffled as the kernel may. */
  @Test
  void shufflesOfManyLivesEndInTheSameState() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    for (int round = 0; round < 2000; round++) {
      Map<Integer, ThreadOwnership.Place> places = new HashMap<>();
      places.put(1000, new ThreadOwnership.Place(1000, 1, 0));
      List<List<Word>> lives = new ArrayList<>();
      List<Word> births = new ArrayList<>();
      int count = 1 + random.nextInt(6);
      for (int i = 1; i <= count; i++) {
        int parent = 1000 + random.nextInt(i);
        int child = 1000 + i;
        places.put(child, new ThreadOwnership.Place(child, parent, 0));
        births.add(born(parent, child));
        List<Word> life = new ArrayList<>(List.of(stopped(child)));
        for (int execs = random.nextInt(3); execs > 0; execs--) {
          life.add(executed(child, child));
        }
        if (random.nextBoolean()) {
          life.add(gone(child));
        }
        lives.add(life);
      }
      List<TracedThread> usual = ordered(places, births, lives);
      List<TracedThread> shuffled = shuffled(places, births, lives, random);
      assertThat(shuffled).as("seed %d round %d", seed, round).isEqualTo(usual);
    }
  }

  private static List<TracedThread> ordered(
      Map<Integer, ThreadOwnership.Place> places, List<Word> births, List<List<Word>> lives) {
    TraceTable table = of(places);
    births.forEach(word -> word.tell(table));
    lives.forEach(life -> life.forEach(word -> word.tell(table)));
    return state(table);
  }

  /**
   * Each life in its own order, and each birth before the parent's end, as a parent that has ended
   * tells nothing.
   */
  private static List<TracedThread> shuffled(
      Map<Integer, ThreadOwnership.Place> places,
      List<Word> births,
      List<List<Word>> lives,
      Random random) {
    TraceTable table = of(places);
    List<Word> births2 = new ArrayList<>(births);
    List<List<Word>> open = new ArrayList<>();
    lives.forEach(life -> open.add(new ArrayList<>(life)));
    while (!births2.isEmpty() || open.stream().anyMatch(life -> !life.isEmpty())) {
      int pick = random.nextInt(open.size() + 1);
      if (pick == open.size()) {
        if (!births2.isEmpty()) {
          births2.remove(random.nextInt(births2.size())).tell(table);
        }
      } else if (!open.get(pick).isEmpty()) {
        Word next = open.get(pick).getFirst();
        boolean tells = births2.stream().anyMatch(birth -> birth.thread() == next.thread());
        if (!next.kind().equals("gone") || !tells) {
          next.tell(table);
          open.get(pick).removeFirst();
        }
      }
    }
    assertThat(table.awaited()).isZero();
    return state(table);
  }

  private static TraceTable of(Map<Integer, ThreadOwnership.Place> places) {
    TraceTable table = new TraceTable(thread -> Optional.ofNullable(places.get(thread)), SCOPE);
    table.seized(1000, new ThreadOwnership.Place(1000, 1, 0));
    return table;
  }
}
