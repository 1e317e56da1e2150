package dev.paddock.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A flattened class behaves as the original, on random values; the original is the oracle. */
final class FlatteningTest {
  private static final int ROUNDS = 2000;

  /** A component of every kind. */
  record Everything(
      boolean a,
      byte b,
      char c,
      short d,
      int e,
      long f,
      float g,
      double h,
      @Nullable String i,
      @Nullable Object j) {}

  record Nothing() {}

  sealed interface Shape {
    record Circle(double radius) implements Shape {}

    record Square(double side) implements Shape {}

    record Text(String text) implements Shape {}
  }

  /** The switches under test; loaded once as compiled and once flattened. */
  public static final class Switches {
    private Switches() {}

    static String ofSealed(Shape shape) {
      return switch (shape) {
        case Shape.Circle(double radius) when radius > 1 -> "large circle";
        case Shape.Circle circle -> "circle " + circle.radius();
        case Shape.Square(double side) -> "square " + side;
        case Shape.Text text -> text.text();
      };
    }

    static String ofObject(@Nullable Object object) {
      return switch (object) {
        case null -> "null";
        case Integer i when i > 10 -> "large";
        case Integer i -> "small " + i;
        case int[] array -> "array " + array.length;
        case CharSequence text when text.isEmpty() -> "empty";
        case String text -> "text " + text;
        case Shape shape -> ofSealed(shape);
        default -> "other";
      };
    }

    /** All answers about two values in one string. */
    public static String about(@Nullable Object first, @Nullable Object second) {
      return ofObject(first)
          + Objects.equals(first, second)
          + Objects.hashCode(first)
          + ofObject(second)
          + Objects.hashCode(second);
    }

    /** Builds two records from the same source of values and tells all about them. */
    public static String records(long seed) {
      Random random = new Random(seed);
      Everything first = everything(random);
      // Half of the components are the same.
      Everything second =
          new Everything(
              first.a(),
              random.nextBoolean() ? first.b() : (byte) random.nextInt(),
              first.c(),
              first.d(),
              random.nextBoolean() ? first.e() : random.nextInt(),
              random.nextBoolean() ? first.f() : first.f() + (1L << 32),
              random.nextBoolean() ? first.g() : -first.g(),
              random.nextBoolean() ? first.h() : -first.h(),
              first.i(),
              random.nextBoolean() ? first.j() : "x");
      return first.equals(second)
          + " "
          + second.equals(first)
          + " "
          + first.hashCode()
          + " "
          + second.hashCode()
          + first.equals(random.nextBoolean() ? null : new Object())
          + first
          + new Nothing().hashCode()
          + new Nothing().equals(new Nothing())
          + about(shape(random), shape(random))
          + about(object(random), object(random));
    }

    private static Everything everything(Random random) {
      return new Everything(
          random.nextBoolean(),
          (byte) random.nextInt(),
          (char) random.nextInt(),
          (short) random.nextInt(),
          random.nextInt(),
          random.nextLong(),
          random.nextBoolean() ? Float.NaN : random.nextInt(2) * 0.0f,
          random.nextBoolean() ? Double.NaN : random.nextInt(2) * 0.0,
          random.nextBoolean() ? null : "text" + random.nextInt(3),
          random.nextBoolean() ? null : List.of(random.nextInt(3)));
    }

    private static Shape shape(Random random) {
      return switch (random.nextInt(3)) {
        case 0 -> new Shape.Circle(random.nextInt(3));
        case 1 -> new Shape.Square(random.nextInt(3));
        default -> new Shape.Text("t" + random.nextInt(3));
      };
    }

    private static @Nullable Object object(Random random) {
      return switch (random.nextInt(7)) {
        case 0 -> null;
        case 1 -> random.nextInt(20);
        case 2 -> new int[random.nextInt(3)].length;
        case 3 -> "";
        case 4 -> "abc";
        case 5 -> shape(random);
        default -> 1.5;
      };
    }
  }

  @Test
  void flattenedClassesAnswerAsTheOriginals() throws Exception {
    Method flat =
        new FlatLoader()
            .loadClass(Switches.class.getName())
            .getDeclaredMethod("records", long.class);
    long seed = RandomGenerator.getDefault().nextLong();
    for (long i = seed; i < seed + ROUNDS; i++) {
      assertThat(flat.invoke(null, i)).as("seed %d", i).isEqualTo(Switches.records(i));
    }
  }

  @Test
  void nothingIsLeftThatSpinsClasses() throws Exception {
    List<String> left = new ArrayList<>();
    for (Class<?> type : List.of(Switches.class, Everything.class, Shape.Circle.class)) {
      var model = ClassFile.of().parse(FlatLoader.flat(type.getName()));
      model
          .methods()
          .forEach(
              method ->
                  method
                      .code()
                      .ifPresent(
                          code ->
                              code.forEach(
                                  element -> {
                                    if (element instanceof InvokeDynamicInstruction call) {
                                      left.add(call.name().stringValue());
                                    }
                                  })));
    }

    assertThat(left).doesNotContain("typeSwitch", "equals", "hashCode");
  }

  /** Defines the classes of this test anew, flattened. */
  private static final class FlatLoader extends ClassLoader {
    FlatLoader() {
      super(FlatteningTest.class.getClassLoader());
    }

    static byte[] flat(String name) throws IOException {
      try (InputStream in =
          FlatteningTest.class.getResourceAsStream(
              name.substring(name.lastIndexOf('.') + 1) + ".class")) {
        return Flattening.flatten(
            Objects.requireNonNull(in).readAllBytes(), ClassHierarchyResolver.defaultResolver());
      }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith(FlatteningTest.class.getName())) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      if (loaded != null) {
        return loaded;
      }
      try {
        byte[] bytes = flat(name);
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }
}
