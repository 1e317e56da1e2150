package dev.paddock.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.ConstantPoolSharingOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.attribute.ModuleAttribute;
import java.lang.constant.ClassDesc;
import java.lang.constant.ModuleDesc;
import java.lang.constant.PackageDesc;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.jar.JarFile;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.Nullable;

/**
 * Makes every library fit for the image: unpacked, with a module descriptor, and with classes that
 * the AOT cache takes. The jars themselves stay as they are: all this is for the image only.
 */
final class Modules {
  /**
   * Classes older than Java 6 are verified by type inference, and the cache refuses such classes
   * (picocli is compiled for Java 5).
   */
  private static final int OLDEST_CACHEABLE = ClassFile.JAVA_6_VERSION;

  private final List<Path> folders = new ArrayList<>();

  private Modules() {}

  /**
   * Prepares the modules of a class path.
   *
   * @param classPath folders with classes of ours, and jars; what is no module and no jar is left
   *     out
   * @param folder where to put them
   * @return a folder for each module, as jlink takes them
   * @throws IOException if a class cannot be rewritten, or is refused by the verifier afterwards
   */
  static List<Path> prepare(List<Path> classPath, Path folder) throws IOException {
    Modules modules = new Modules();
    for (Path entry : classPath) {
      modules.unfold(entry, folder);
    }
    // Only now: the verifier must know the classes of all.
    for (Path module : modules.folders) {
      modules.modernise(module);
      modules.flatten(module);
    }
    return modules.folders;
  }

  private void unfold(Path entry, Path folder) throws IOException {
    boolean directory = Files.isDirectory(entry);
    if (directory && !Files.exists(entry.resolve("module-info.class"))) {
      return;
    }
    // By the module's name, without ".jar": jlink takes a suffix's word for what is a jar.
    Path module = folder.resolve(moduleName(ModuleFinder.of(entry)));
    if (directory) {
      copy(entry, module);
    } else {
      unpack(entry, module);
    }
    if (!Files.exists(module.resolve("module-info.class"))) {
      Files.write(module.resolve("module-info.class"), describe(entry));
    }
    folders.add(module);
  }

  private static String moduleName(ModuleFinder finder) throws IOException {
    return finder.findAll().stream()
        .map(reference -> reference.descriptor().name())
        .findFirst()
        .orElseThrow(() -> new IOException("no module in " + finder));
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(file, to.resolve(from.relativize(file)));
      }
    }
  }

  /** Unpacks what the running Java version sees of a jar (JEP 238). */
  private static void unpack(Path jar, Path folder) throws IOException {
    try (JarFile file = new JarFile(jar.toFile(), true, JarFile.OPEN_READ, Runtime.version())) {
      List<ZipEntry> entries = new ArrayList<>();
      file.versionedStream().forEach(entries::add);
      for (ZipEntry entry : entries) {
        Path target = folder.resolve(entry.getName()).normalize();
        if (!target.startsWith(folder)) {
          throw new IOException(jar + ": an entry leaves the folder: " + entry.getName());
        }
        if (entry.isDirectory()) {
          Files.createDirectories(target);
        } else {
          Files.createDirectories(target.resolveSibling("."));
          try (var content = file.getInputStream(entry)) {
            Files.write(target, content.readAllBytes());
          }
        }
      }
    }
  }

  /** The descriptor of an automatic module: exports all it has, requires what it really uses. */
  private static byte[] describe(Path jar) throws IOException {
    ModuleDescriptor automatic =
        ModuleFinder.of(jar).findAll().stream()
            .map(reference -> reference.descriptor())
            .findFirst()
            .orElseThrow(() -> new IOException(jar + " is no module"));
    List<String> required = required(jar);
    return ClassFile.of()
        .buildModule(
            ModuleAttribute.of(
                ModuleDesc.of(automatic.name()),
                builder -> {
                  for (String name : required) {
                    if (name.equals("java.base")) {
                      builder.requires(ModuleDesc.of(name), List.of(AccessFlag.MANDATED), null);
                    } else {
                      builder.requires(ModuleDesc.of(name), List.of(), null);
                    }
                  }
                  automatic.packages().stream()
                      .sorted()
                      .forEach(name -> builder.exports(PackageDesc.of(name), List.of()));
                }));
  }

  private static List<String> required(Path jar) throws IOException {
    StringWriter out = new StringWriter();
    int status =
        ToolProvider.findFirst("jdeps")
            .orElseThrow()
            .run(
                new PrintWriter(out, true),
                new PrintWriter(out, true),
                "--multi-release",
                String.valueOf(Runtime.version().feature()),
                "--ignore-missing-deps",
                "--print-module-deps",
                jar.toString());
    if (status != 0) {
      throw new IOException("jdeps " + jar + ": " + out);
    }
    List<String> modules = new ArrayList<>();
    modules.add("java.base");
    for (String name : out.toString().strip().split(",", -1)) {
      if (!name.equals("java.base")) {
        modules.add(name);
      }
    }
    return modules;
  }

  /** Rewrites classes of an old version at the current one, with the stack maps that it demands. */
  private void modernise(Path module) throws IOException {
    ClassHierarchyResolver hierarchy = hierarchy();
    ClassFile classFile =
        ClassFile.of(
            ClassHierarchyResolverOption.of(hierarchy),
            StackMapsOption.GENERATE_STACK_MAPS,
            ConstantPoolSharingOption.NEW_POOL);
    ClassTransform transform =
        ClassTransform.transformingMethodBodies((code, element) -> code.with(element))
            .andThen(
                (builder, element) -> {
                  if (element instanceof ClassFileVersion) {
                    builder.withVersion(ClassFile.latestMajorVersion(), 0);
                  } else {
                    builder.with(element);
                  }
                });
    rewrite(
        module,
        bytes -> {
          ClassModel model = classFile.parse(bytes);
          return model.majorVersion() >= OLDEST_CACHEABLE
              ? bytes
              : classFile.transformClass(model, transform);
        });
  }

  private void flatten(Path module) throws IOException {
    ClassHierarchyResolver hierarchy = hierarchy();
    rewrite(module, bytes -> Flattening.flatten(bytes, hierarchy));
  }

  private void rewrite(Path module, UnaryOperator<byte[]> change) throws IOException {
    ClassFile verifier = ClassFile.of(ClassHierarchyResolverOption.of(hierarchy()));
    try (Stream<Path> files = Files.walk(module)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (!file.toString().endsWith(".class") || file.endsWith("module-info.class")) {
          continue;
        }
        byte[] bytes = Files.readAllBytes(file);
        byte[] changed = change.apply(bytes);
        if (Arrays.equals(changed, bytes)) {
          continue;
        }
        List<VerifyError> errors = verifier.verify(changed);
        if (!errors.isEmpty()) {
          throw new IOException(file + ": " + errors.getFirst().getMessage());
        }
        Files.write(file, changed);
      }
    }
  }

  private ClassHierarchyResolver hierarchy() {
    return ClassHierarchyResolver.ofResourceParsing(this::open)
        .orElse(ClassHierarchyResolver.defaultResolver());
  }

  private @Nullable InputStream open(ClassDesc name) {
    String descriptor = name.descriptorString();
    String file = descriptor.substring(1, descriptor.length() - 1) + ".class";
    try {
      for (Path module : folders) {
        if (Files.exists(module.resolve(file))) {
          return Files.newInputStream(module.resolve(file));
        }
      }
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
