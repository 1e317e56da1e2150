/**
 * The command line. A command is a function of a {@link dev.paddock.cli.Context}: only {@link
 * dev.paddock.cli.Main} touches the process that it runs in.
 */
@NullMarked
package dev.paddock.cli;

import org.jspecify.annotations.NullMarked;
