/**
 * What happens in a run, as facts: {@link dev.paddock.sandbox.event.Event}, the {@link
 * dev.paddock.sandbox.event.EventBus} that takes them from the supervisor, and the sinks that get
 * them.
 */
@NullMarked
package dev.paddock.sandbox.event;

import org.jspecify.annotations.NullMarked;
