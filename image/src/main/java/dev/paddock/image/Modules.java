package dev.paddock.image;

import java.io.IOException;
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
import java.util.List;
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

  private Modules() {}

  /**
   * Prepares one entry of the class path.
   *
   * @param entry a folder with classes of ours, or a jar
   * @param folder where to unpack a jar
   * @return a folder that jlink takes as a module, or null if the entry holds no class
   */
  static @Nullable Path prepare(Path entry, Path folder) throws IOException {
    if (Files.isDirectory(entry)) {
      return Files.exists(entry.resolve("module-info.class")) ? entry : null;
    }
    // Without the suffix: jlink takes the name's word for what is a jar.
    Path module = folder.resolve(String.valueOf(entry.getFileName()).replaceFirst("\\.jar$", ""));
    unpack(entry, module);
    if (!Files.exists(module.resolve("module-info.class"))) {
      Files.write(module.resolve("module-info.class"), describe(entry));
    }
    modernise(module);
    return module;
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
  private static void modernise(Path module) throws IOException {
    ClassHierarchyResolver hierarchy =
        ClassHierarchyResolver.ofResourceParsing(name -> open(module, name))
            .orElse(ClassHierarchyResolver.defaultResolver());
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
    try (Stream<Path> files = Files.walk(module)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (!file.toString().endsWith(".class") || file.endsWith("module-info.class")) {
          continue;
        }
        ClassModel model = classFile.parse(file);
        if (model.majorVersion() >= OLDEST_CACHEABLE) {
          continue;
        }
        byte[] rewritten = classFile.transformClass(model, transform);
        List<VerifyError> errors = classFile.verify(rewritten);
        if (!errors.isEmpty()) {
          throw new IOException(file + ": " + errors.getFirst().getMessage());
        }
        Files.write(file, rewritten);
      }
    }
  }

  private static java.io.@Nullable InputStream open(Path module, ClassDesc name) {
    String descriptor = name.descriptorString();
    Path file = module.resolve(descriptor.substring(1, descriptor.length() - 1) + ".class");
    try {
      return Files.exists(file) ? Files.newInputStream(file) : null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
