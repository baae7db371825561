/**
 * What BlockHound has to know of this library.
 */
@NullMarked
package io.github.loopthread.blockhound;

import org.jspecify.annotations.NullMarked;
