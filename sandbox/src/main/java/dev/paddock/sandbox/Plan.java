package dev.paddock.sandbox;

import dev.paddock.linux.KernelException;
import dev.paddock.linux.bpf.Program;
import dev.paddock.policy.ByteString;
import dev.paddock.policy.Policy;
import dev.paddock.sandbox.plan.CompiledPlan;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A policy compiled against this host's kernel: immutable, good for any number of runs. */
public final class Plan {
  private final CompiledPlan compiled;

  Plan(CompiledPlan compiled) {
    this.compiled = compiled;
  }

  CompiledPlan compiled() {
    return compiled;
  }

  /** The policy, its variables replaced. */
  public Policy policy() {
    return compiled.policy();
  }

  /** Each line of the policy, and what holds it. */
  public List<PlanLine> lines() {
    return compiled.lines();
  }

  /** What is not protected on this host under this policy, one sentence each. */
  public List<String> unprotected() {
    return compiled.unprotected();
  }

  /** The system call filter, for {@code explain --bpf}. */
  public Program filter() {
    return compiled.filter();
  }

  /** What the filter does with each system call that it names, for people. */
  public List<SystemCallRule> systemCalls() {
    return compiled.systemCalls();
  }

  /** What this policy lets through beyond the built-in list, one sentence each. */
  public List<String> weakenings() {
    return compiled.weakenings();
  }

  /**
   * What the target may do with a path.
   *
   * @param path absolute; it need not exist, and symbolic links are followed as the kernel would
   */
  public Access access(byte[] path) {
    return compiled.access(path);
  }

  /**
   * Where a path leads: the path without symbolic links, in the root that the target has.
   *
   * @param path absolute
   * @return empty if there is nothing, or nothing that the caller may look at
   */
  public Optional<byte[]> real(byte[] path) {
    try {
      return Optional.of(compiled.real(ByteString.of(path)).toBytes());
    } catch (KernelException e) {
      return Optional.empty();
    }
  }

  /**
   * Whether the target has something of its own at a place, such as /tmp: then what the host has
   * there is nothing to it.
   *
   * @param path absolute, without symbolic links
   */
  public boolean isOwn(byte[] path) {
    return compiled.view().isOwn(ByteString.of(path));
  }

  /** Whether Landlock lets the target connect to a TCP port. */
  public boolean mayConnect(int port) {
    return compiled.mayConnect(port);
  }

  /** Whether Landlock lets the target bind a TCP port. */
  public boolean mayBind(int port) {
    return compiled.mayBind(port);
  }

  /**
   * The environment that the target gets.
   *
   * @param inherited the caller's, as {@code NAME=value}
   */
  public List<byte[]> environment(List<byte[]> inherited) {
    return compiled.environment(inherited);
  }

  /** How long the policy lets a run take. */
  public Optional<Duration> timeLimit() {
    return compiled.timeLimit();
  }

  /** Lines of the policy that never decide, and why; for people. */
  public List<String> unreachable() {
    return compiled.unreachable();
  }

  /** Whether the kernel itself keeps the signals of the tree inside (Landlock ABI 6). */
  public boolean keepsSignalsInside() {
    return compiled.keepsSignalsInside();
  }

  /** Whether a run under this plan has a supervisor: something in it only a program can judge. */
  public boolean isSupervised() {
    return compiled.isSupervised();
  }
}
