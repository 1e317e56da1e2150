package dev.paddock.image;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Replaces two kinds of {@code invokedynamic} by plain code: type switches ({@link
 * java.lang.runtime.SwitchBootstraps#typeSwitch}) and the {@code equals} and {@code hashCode} of
 * records ({@link java.lang.runtime.ObjectMethods}).
 *
 * <p>The JVM makes classes for them when they are first used, at every start, and cannot keep those
 * in the AOT cache as it does for lambdas: 1 to 3 ms for each switch, 5 to 10 for the first record.
 */
final class Flattening {
  private static final ClassDesc SWITCHES = ClassDesc.of("java.lang.runtime.SwitchBootstraps");
  private static final ClassDesc RECORDS = ClassDesc.of("java.lang.runtime.ObjectMethods");
  private static final ClassDesc OBJECTS = ClassDesc.of("java.util.Objects");
  private static final MethodTypeDesc EQUALS =
      MethodTypeDesc.of(ConstantDescs.CD_boolean, ConstantDescs.CD_Object, ConstantDescs.CD_Object);
  private static final MethodTypeDesc HASH =
      MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_Object);

  /** What SwitchBootstraps answers for null. */
  private static final int NULL_CASE = -1;

  private Flattening() {}

  /**
   * Rewrites one class.
   *
   * @param bytes a class file
   * @param hierarchy knows the classes that it mentions
   * @return the class file without what can be replaced; the same array if there is nothing
   */
  static byte[] flatten(byte[] bytes, ClassHierarchyResolver hierarchy) {
    ClassFile classFile = ClassFile.of(ClassHierarchyResolverOption.of(hierarchy));
    ClassModel model = classFile.parse(bytes);
    ClassDesc owner = model.thisClass().asSymbol();
    boolean anInterface = model.flags().has(AccessFlag.INTERFACE);
    Map<String, TypeSwitch> switches = new LinkedHashMap<>();
    boolean[] changed = {false};
    byte[] flat =
        classFile.transformClass(
            model,
            ClassTransform.transformingMethodBodies(
                    (code, element) -> {
                      if (replace(code, element, owner, anInterface, switches)) {
                        changed[0] = true;
                      } else {
                        code.with(element);
                      }
                    })
                .andThen(
                    ClassTransform.endHandler(
                        builder ->
                            switches.forEach(
                                (name, typeSwitch) ->
                                    builder.withMethodBody(
                                        name,
                                        typeSwitch.type(),
                                        ClassFile.ACC_PRIVATE
                                            | ClassFile.ACC_STATIC
                                            | ClassFile.ACC_SYNTHETIC,
                                        typeSwitch::write)))));
    return changed[0] ? flat : bytes;
  }

  private static boolean replace(
      CodeBuilder code,
      CodeElement element,
      ClassDesc owner,
      boolean anInterface,
      Map<String, TypeSwitch> switches) {
    if (!(element instanceof InvokeDynamicInstruction call)) {
      return false;
    }
    DirectMethodHandleDesc bootstrap = call.bootstrapMethod();
    if (bootstrap.owner().equals(SWITCHES) && bootstrap.methodName().equals("typeSwitch")) {
      List<ClassDesc> labels = new ArrayList<>();
      for (ConstantDesc label : call.bootstrapArgs()) {
        if (!(label instanceof ClassDesc type)) {
          // Constants among the labels: rare, and the JDK's business.
          return false;
        }
        labels.add(type);
      }
      String name = "typeSwitch$" + switches.size();
      switches.put(name, new TypeSwitch(call.typeSymbol(), labels));
      code.invokestatic(owner, name, call.typeSymbol(), anInterface);
      return true;
    }
    if (bootstrap.owner().equals(RECORDS)) {
      List<DirectMethodHandleDesc> getters = new ArrayList<>();
      for (ConstantDesc argument : call.bootstrapArgs().subList(2, call.bootstrapArgs().size())) {
        getters.add((DirectMethodHandleDesc) argument);
      }
      switch (call.name().stringValue()) {
        case "equals" -> equals(code, owner, getters);
        case "hashCode" -> hashCode(code, owner, getters);
        default -> {
          return false;
        }
      }
      return true;
    }
    return false;
  }

  /** On the stack: the record, the other object. */
  private static void equals(
      CodeBuilder code, ClassDesc owner, List<DirectMethodHandleDesc> getters) {
    int other = code.allocateLocal(TypeKind.REFERENCE);
    int self = code.allocateLocal(TypeKind.REFERENCE);
    Label different = code.newLabel();
    Label end = code.newLabel();
    code.astore(other).astore(self);
    code.aload(other).instanceOf(owner).ifeq(different);
    code.aload(other).checkcast(owner).astore(other);
    for (DirectMethodHandleDesc getter : getters) {
      ClassDesc type = getter.invocationType().returnType();
      code.aload(self).getfield(owner, getter.methodName(), type);
      code.aload(other).getfield(owner, getter.methodName(), type);
      switch (TypeKind.from(type)) {
        case BOOLEAN, BYTE, CHAR, SHORT, INT -> code.if_icmpne(different);
        case LONG -> code.lcmp().ifne(different);
        case FLOAT, DOUBLE -> {
          // By compare(), which tells NaN and the zeros as the language wants it of a record.
          code.invokestatic(
              TypeKind.from(type) == TypeKind.FLOAT
                  ? ConstantDescs.CD_Float
                  : ConstantDescs.CD_Double,
              "compare",
              MethodTypeDesc.of(ConstantDescs.CD_int, type, type));
          code.ifne(different);
        }
        case REFERENCE -> code.invokestatic(OBJECTS, "equals", EQUALS).ifeq(different);
        case VOID -> throw new IllegalArgumentException("a component of type void");
      }
    }
    code.iconst_1().goto_(end);
    code.labelBinding(different).iconst_0();
    code.labelBinding(end);
  }

  /** On the stack: the record. */
  private static void hashCode(
      CodeBuilder code, ClassDesc owner, List<DirectMethodHandleDesc> getters) {
    int self = code.allocateLocal(TypeKind.REFERENCE);
    code.astore(self).iconst_0();
    for (DirectMethodHandleDesc getter : getters) {
      ClassDesc type = getter.invocationType().returnType();
      code.bipush(31).imul();
      code.aload(self).getfield(owner, getter.methodName(), type);
      if (type.isPrimitive()) {
        code.invokestatic(box(type), "hashCode", MethodTypeDesc.of(ConstantDescs.CD_int, type));
      } else {
        code.invokestatic(OBJECTS, "hashCode", HASH);
      }
      code.iadd();
    }
  }

  private static ClassDesc box(ClassDesc primitive) {
    return switch (TypeKind.from(primitive)) {
      case BOOLEAN -> ConstantDescs.CD_Boolean;
      case BYTE -> ConstantDescs.CD_Byte;
      case CHAR -> ConstantDescs.CD_Character;
      case SHORT -> ConstantDescs.CD_Short;
      case INT -> ConstantDescs.CD_Integer;
      case LONG -> ConstantDescs.CD_Long;
      case FLOAT -> ConstantDescs.CD_Float;
      case DOUBLE -> ConstantDescs.CD_Double;
      case REFERENCE, VOID -> throw new IllegalArgumentException(primitive.displayName());
    };
  }

  /** The method {@code int (T target, int restart)}: the first label from there on that fits. */
  private record TypeSwitch(MethodTypeDesc type, List<ClassDesc> labels) {
    void write(CodeBuilder code) {
      int target = 0;
      int restart = 1;
      Label isNull = code.newLabel();
      code.aload(target).ifnull(isNull);
      for (int i = 0; i < labels.size(); i++) {
        Label next = code.newLabel();
        code.iload(restart).loadConstant(i).if_icmpgt(next);
        code.aload(target).instanceOf(labels.get(i)).ifeq(next);
        code.loadConstant(i).ireturn();
        code.labelBinding(next);
      }
      code.loadConstant(labels.size()).ireturn();
      code.labelBinding(isNull).loadConstant(NULL_CASE).ireturn();
    }
  }
}
