package dev.paddock.attacks;

import dev.paddock.policy.ByteString;
import dev.paddock.policy.Origin;
import dev.paddock.policy.PolicyBuilder;
import dev.paddock.sandbox.Attachment;
import dev.paddock.sandbox.SupervisionOptions;

/** Attaches to the process of its argument, says so with a byte, and stays until it is killed. */
final class AttachMain {
  private AttachMain() {}

  public static void main(String[] arguments) throws Exception {
    PolicyBuilder policy =
        new PolicyBuilder().putExecDeny(ByteString.of("marker-d"), Origin.flag("test"));
    SupervisionOptions supervisionOptions = SupervisionOptions.builder().session("test").build();
    Attachment attachment =
        Attachment.to(
            Integer.parseInt(arguments[0]),
            new Attachment.Order(policy.build(), supervisionOptions, false));
    System.out.write('a');
    System.out.flush();
    boolean _ = attachment.waitFor();
  }
}
