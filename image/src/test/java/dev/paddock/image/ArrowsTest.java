package dev.paddock.image;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.paddock.sandbox.Plan;
import dev.paddock.sandbox.Planner;
import dev.paddock.sandbox.Sandbox;
import dev.paddock.sandbox.Session;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import org.junit.jupiter.api.Test;

/** The arrows between the modules point down only, and what belongs in one room stays there. */
final class ArrowsTest {
  private static final JavaClasses OURS =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.paddock");

  @Test
  void arrowsPointDown() {
    layeredArchitecture()
        .consideringOnlyDependenciesInAnyPackage("dev.paddock..")
        .layer("image")
        .definedBy("dev.paddock.image..")
        .layer("cli")
        .definedBy("dev.paddock.cli..")
        .layer("sandbox")
        .definedBy("dev.paddock.sandbox..")
        .layer("policy")
        .definedBy("dev.paddock.policy..")
        .layer("linux")
        .definedBy("dev.paddock.linux..")
        .whereLayer("image")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("cli")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("sandbox")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("policy")
        .mayOnlyBeAccessedByLayers("cli", "sandbox")
        .whereLayer("linux")
        .mayOnlyBeAccessedByLayers("cli", "sandbox")
        .check(OURS);
  }

  @Test
  void theApiIsNothingButApi() {
    classes()
        .that()
        .resideInAPackage("dev.paddock.sandbox")
        .and()
        .areTopLevelClasses()
        .and()
        .doNotHaveSimpleName("package-info")
        .should()
        .bePublic()
        .check(OURS);
  }

  @Test
  void theApiHandsOnAndIsNotCalledBack() {
    noClasses()
        .that()
        .resideInAPackage("dev.paddock.sandbox.*..")
        .should()
        .dependOnClassesThat(anyOf(Sandbox.class, Planner.class, Plan.class, Session.class))
        .check(OURS);
  }

  @Test
  void aRunIsPutTogetherInOnePlace() {
    noClasses()
        .that()
        .resideInAPackage("dev.paddock.sandbox.*..")
        .and()
        .resideOutsideOfPackage("dev.paddock.sandbox.run..")
        .should()
        .dependOnClassesThat(resideInAPackage("dev.paddock.sandbox.run.."))
        .check(OURS);
  }

  @Test
  void tomlIsReadInPolicyAlone() {
    noClasses()
        .that(resideOutsideOfPackage("dev.paddock.policy.."))
        .should()
        .dependOnClassesThat(resideInAPackage("org.tomlj.."))
        .check(OURS);
  }

  @Test
  void picocliIsKnownToTheCommandLineAlone() {
    noClasses()
        .that(resideOutsideOfPackage("dev.paddock.cli.."))
        .should()
        .dependOnClassesThat(resideInAPackage("picocli.."))
        .check(OURS);
  }

  @Test
  void nativeCodeIsCalledFromLinuxAlone() {
    noClasses()
        .that(resideOutsideOfPackage("dev.paddock.linux.."))
        .should()
        .dependOnClassesThat(anyOf(Linker.class, SymbolLookup.class, FunctionDescriptor.class))
        .orShould()
        .callMethod(System.class, "load", String.class)
        .orShould()
        .callMethod(System.class, "loadLibrary", String.class)
        .check(OURS);
  }

  @Test
  void oneClassMakesDowncalls() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName("dev.paddock.linux.Kernel")
        .should()
        .dependOnClassesThat(anyOf(Linker.class))
        .check(OURS);
  }

  @Test
  void librariesLeaveTheHostJvmAlone() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.paddock.linux..", "dev.paddock.policy..", "dev.paddock.sandbox..")
        .should()
        .dependOnClassesThat(anyOf(ProcessBuilder.class))
        .orShould()
        .callMethod(System.class, "exit", int.class)
        .orShould()
        .callMethod(System.class, "getenv")
        .orShould()
        .callMethod(System.class, "getenv", String.class)
        .orShould()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .callMethod(Runtime.class, "addShutdownHook", Thread.class)
        .check(OURS.that(DescribedPredicate.not(exempt())));
  }

  @Test
  void onlyMainTouchesTheProcess() {
    noClasses()
        .that()
        .resideInAPackage("dev.paddock.cli..")
        .and()
        .doNotHaveFullyQualifiedName("dev.paddock.cli.Main")
        .should()
        .callMethod(System.class, "exit", int.class)
        .orShould()
        .callMethod(System.class, "getenv")
        .orShould()
        .callMethod(System.class, "getenv", String.class)
        .orShould()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .callMethod(Runtime.class, "halt", int.class)
        .orShould()
        .callMethod(Runtime.class, "addShutdownHook", Thread.class)
        .check(OURS);
  }

  /**
   * Exempt: what runs in the build and never in a host; and the builder that plans for the host
   * program itself, whose environment is then the input.
   */
  private static DescribedPredicate<JavaClass> exempt() {
    return DescribedPredicate.describe(
        "exempt",
        type ->
            type.getName().equals("dev.paddock.policy.BuiltInCompiler")
                || type.getName().equals("dev.paddock.sandbox.Sandbox$Builder"));
  }

  private static DescribedPredicate<JavaClass> anyOf(Class<?>... types) {
    return DescribedPredicate.describe(
        "any of the forbidden types",
        type -> {
          for (Class<?> forbidden : types) {
            if (type.isEquivalentTo(forbidden)) {
              return true;
            }
          }
          return false;
        });
  }
}
