// Package wire is what travels: frames, the handshake, and the messages of a client
// (../runtime/wire.md and ../protocols/wire/messages.md, which hold the layouts).
package wire

const (
	kib = 1_024
	mib = 1_024 * kib

	// BodyBytesMax is the longest body of a frame between peers who have proven who they are.
	BodyBytesMax = 16 * mib
	// HandshakeBodyBytesMax is all that somebody unproven can make us hold.
	HandshakeBodyBytesMax = 256

	keyBytesMax   = kib
	valueBytesMax = mib
	// OperationBytesMax is two values, a key and their lengths: a cas.
	OperationBytesMax = 2*valueBytesMax + 2*keyBytesMax
	// ReplyBytesMax is the longest result and what goes around it.
	ReplyBytesMax = 2*mib + kib

	// numberMax is 2^53 - 1: the other implementation counts in doubles.
	numberMax = 1<<53 - 1
)
