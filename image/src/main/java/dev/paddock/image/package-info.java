/**
 * Builds the image that {@code ./paddock} starts: a run-time image of our modules with an AOT
 * cache. A tool of the build; nothing of it is in the image.
 */
@NullMarked
package dev.paddock.image;

import org.jspecify.annotations.NullMarked;
