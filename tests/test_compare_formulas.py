"""Formulas as the LaTeX sources of the four papers write them, right, wrong and unreadable, by what is special in each.

What is in tests/test_compare.py is not repeated here.
"""

from __future__ import annotations

import pytest
from comparing import against

from checks.compare.comparison import Outcome

EQUAL, NOTATION, DIFFERENT, UNREADABLE = Outcome.EQUAL, Outcome.NOTATION, Outcome.DIFFERENT, Outcome.UNREADABLE


KERNEL, STEP, ANGLE = "liu2019.kernel", "liu2019.step-kernel", "liu2019.distance-angle"
POWERS, GAP, MEAN, ANGLE_STEP = "liu2019.relu-powers", "liu2019.gap-upper", "liu2019.relu-mean", "liu2019.step-w-angle"
SPUR, HESSIAN, STAR = "liu2019.spurious-inner", "liu2019.hessian-a-upper", "liu2019.gradient-v"
WN, CE, SMOOTH = "macdonald2023.wn-second", "macdonald2023.ce-hessian", "macdonald2023.en-smooth"
MOMENT, LAYER, BLOCK = "zhang2019.moment", "zhang2019.layer-lower", "zhang2019.layer-block"
BACKPROP, LAST = "zhang2019.backprop-block", "du2018.gram-last-fc"

READ: list[tuple[str, str, Outcome]] = [
    # fractions
    (KERNEL, r"\dfrac{(\pi-\phi)\cos\phi+\sin\phi}{2\pi}", EQUAL),
    (KERNEL, r"\cfrac{(\pi-\phi)\cos\phi+\sin\phi}{2\pi}", EQUAL),
    (KERNEL, r"{(\pi-\phi)\cos\phi+\sin\phi \over 2\pi}", EQUAL),
    (KERNEL, r"\frac{1}{2}\cdot\frac1\pi\cdot\left((\pi-\phi)\cos\phi+\sin\phi\right)", EQUAL),
    (KERNEL, r"\frac{1}{2\pi}(\pi-\phi)\cos\phi+\frac{1}{2\pi}\sin\phi", EQUAL),
    (KERNEL, r"\frac{1}{2\pi}(\pi-\phi)\cos\phi+\frac{1}{\pi}\sin\phi", DIFFERENT),
    (KERNEL, r"(2\pi)^{-1}\{(\pi-\phi)\cos\phi+\sin\phi\}", EQUAL),
    (KERNEL, r"{\textstyle\frac{1}{2\pi}}\big(\sin\phi+(\pi-\phi)\cos\phi\big)", EQUAL),
    (KERNEL, r"\frac12\left[\left(1-\frac\phi\pi\right)\cos\phi+\frac{\sin\phi}\pi\right]", EQUAL),
    (KERNEL, r"\sfrac{\left(\sin\phi+(\pi-\phi)\cos\phi\right)}{(2\pi)}", EQUAL),
    (STEP, r"\frac\pi{2\pi}-\frac\phi{2\pi}", EQUAL),
    (STEP, r"\frac{\pi-\phi}2\pi", DIFFERENT),
    (STEP, r"\frac 1 2 - \frac \phi {2\pi}", EQUAL),
    (STEP, r"1/2-\phi/(2\pi)", EQUAL),
    (STEP, r"1/2-\phi/2\pi", EQUAL),
    (STEP, r"\frac12(1-\phi/\pi)", EQUAL),
    (STEP, r"\frac12-\frac{\phi}{\pi}", DIFFERENT),
    (STEP, r"½ − φ/(2π)", EQUAL),
    # functions and their arguments without brackets, powers of functions, inverse functions
    (KERNEL, r"\frac{(\pi-\phi)\cos \phi+\sin \phi}{2\pi}", EQUAL),
    (KERNEL, r"\frac{(\pi-\phi)\cos{\phi}+\sin{\phi}}{2\pi}", EQUAL),
    (KERNEL, r"\frac{(\pi-\phi)\mathrm{cos}(\phi)+\operatorname{sin}(\phi)}{2\pi}", EQUAL),
    (KERNEL, r"\frac{(\pi-\phi)\sin(\pi/2-\phi)+\sin\phi}{2\pi}", EQUAL),
    (KERNEL, r"\frac{(\pi-\phi)\cos(-\phi)+\sin(-\phi)}{2\pi}", DIFFERENT),
    (ANGLE, r"4\sin^2(\phi/2)", EQUAL),
    (ANGLE, r"4\sin^{2}\tfrac{\phi}{2}", EQUAL),
    (ANGLE, r"4\,\sin\!\left(\tfrac\phi2\right)^{2}", EQUAL),
    (ANGLE, r"4(\sin\tfrac\phi2)^2", EQUAL),
    (ANGLE, r"4\sin(\phi/2)^2", EQUAL),
    (ANGLE, r"4\sin(\phi^2/4)", DIFFERENT),
    (ANGLE, r"2\sin^2\phi/2", DIFFERENT),
    (ANGLE, r"2-2\cos^{-1}\phi", DIFFERENT),
    (ANGLE_STEP, r"\cos(\phi-\arctan(t\sin\phi))", EQUAL),
    (ANGLE_STEP, r"\cos\bigl(\phi-\tan^{-1}(t\sin\phi)\bigr)", EQUAL),
    (ANGLE_STEP, r"\cos(\phi-\operatorname{arctan} (t\sin\phi))", EQUAL),
    (ANGLE_STEP, r"\frac{\cos\phi+t\sin^2\phi}{\sqrt{1+t^2\sin^2\phi}}", EQUAL),
    (ANGLE_STEP, r"(\cos\phi+t\sin^2\phi)(1+t^2\sin^2\phi)^{-1/2}", EQUAL),
    (ANGLE_STEP, r"(\cos\phi+t\sin^2\phi)(1+t^2\sin^2\phi)^{-\frac{1}{2}}", EQUAL),
    (ANGLE_STEP, r"\frac{\cos\phi+t\sin^2\phi}{\sqrt{1+t^2\sin\phi^2}}", DIFFERENT),
    (ANGLE_STEP, r"\frac{\cos\phi+t\sin\phi}{\sqrt{1+t^2\sin^2\phi}}", DIFFERENT),
    (POWERS, r"\frac{2^{(n-2)/2}}{\sqrt{\pi}}\Gamma\left(\frac{n+1}2\right)", EQUAL),
    (POWERS, r"2^{\frac n2-1}\pi^{-\frac12}\Gamma((n+1)/2)", EQUAL),
    (POWERS, r"2^{\frac n2-1}\pi^{-\frac12}\Gamma(n+1/2)", DIFFERENT),
    (POWERS, r"\mathbb{E}_{x\sim\mathcal N(0,1)}[\max(0,x)^n]=\frac{2^{n/2}}{2\sqrt\pi}\Gamma(\tfrac{n+1}2)", EQUAL),
    ("du2018.mehler-exp", r"e\sum_{k=0}^\infty\frac{\rho^k}{k!}", EQUAL),
    ("du2018.mehler-exp", r"\sum_{k\ge0}\frac{\rho^k}{k!}", UNREADABLE),
    ("du2018.mehler-exp", r"\exp(1+\rho)", EQUAL),
    ("du2018.mehler-exp", r"e^{1+\rho}=e\cdot e^{\rho}", EQUAL),
    ("du2018.mehler-exp", r"e^{1-\rho}", DIFFERENT),
    # brackets and their sizes
    (KERNEL, r"\frac1{2\pi}\left[\left(\pi-\phi\right)\cos\left(\phi\right)+\sin\left(\phi\right)\right]", EQUAL),
    (KERNEL, r"\frac1{2\pi}\Biggl\{\biggl(\pi-\phi\biggr)\cos\phi+\sin\phi\Biggr\}", EQUAL),
    (KERNEL, r"\frac1{2\pi}\Big((\pi-\phi)\cos\phi+\sin\phi\Big)", EQUAL),
    (KERNEL, r"\frac1{2\pi}\lbrace(\pi-\phi)\cos\phi+\sin\phi\rbrace", EQUAL),
    (KERNEL, r"\frac1{2\pi}\left((\pi-\phi)\cos\phi\right)+\sin\phi", DIFFERENT),
    (KERNEL, r"\frac1{2\pi}\left((\pi-\phi)\cos\phi+\sin\phi\right", UNREADABLE),
    (KERNEL, r"\frac1{2\pi}\left((\pi-\phi)\cos\phi+\sin\phi\right]", UNREADABLE),
    # vectors: transposes, inner products, norms, products of vectors, 𝟏 and I
    (ANGLE, r"\lVert v-v^*\rVert^2 = 2-2\cos\phi", EQUAL),
    (ANGLE, r"\lVert v-v^*\rVert_2^2 = 2(1-\cos\phi)", EQUAL),
    (ANGLE, r"\left\Vert v-v^{*}\right\Vert _{2}^{2}=2(1-\cos\phi)", EQUAL),
    (ANGLE, r"\left\|\mathbf{v}-\mathbf{v}^*\right\|^2=2-2\cos\phi", EQUAL),
    (ANGLE, r"\|\boldsymbol{v}-\boldsymbol{v}^{\ast}\|^{2}=2-2\cos\phi", EQUAL),
    (ANGLE, r"||v-v^*||^2=2-2\cos\phi", EQUAL),
    (ANGLE, r"||v-v^*||_2^2=2-2\cos\phi", EQUAL),
    (ANGLE, r"(v-v^*)^\top(v-v^*)", EQUAL),
    (ANGLE, r"\langle v-v^*, v-v^*\rangle", EQUAL),
    (ANGLE, r"\left\langle v-v^*,v-v^*\right\rangle=2-2\cos\phi", EQUAL),
    (ANGLE, r"\|v\|^2+\|v^*\|^2-2v^\top v^*", EQUAL),
    (ANGLE, r"2 - 2 v^{\mathsf T} v^*", EQUAL),
    (ANGLE, r"2 - 2 v^{\mathrm{T}} v^*", EQUAL),
    (ANGLE, r"2 - 2 {v^*}^{\intercal} v", EQUAL),
    (ANGLE, r"2 - 2 v^{*\top} v", EQUAL),
    (ANGLE, r"2 - 2 (v^*)^T v", EQUAL),
    (ANGLE, r"2 - 2 v\cdot v^*", UNREADABLE),
    (ANGLE, r"2 - v^\top v^*", DIFFERENT),
    (ANGLE, r"\|v-v^*\|_2", DIFFERENT),
    (ANGLE, r"\|v+v^*\|^2=2-2\cos\phi", DIFFERENT),
    (ANGLE, r"\|v-v^*\|_1^2", DIFFERENT),
    (ANGLE, r"2-2\cos\angle(v,v^*)", EQUAL),
    (STAR, r"-\frac{\pi-\phi}{2\pi}\,a^\top a^*\,(I-vv^\top)v^*", EQUAL),
    (STAR, r"-\frac{\pi-\phi}{2\pi}\langle a,a^*\rangle\left(\mathbf I-\mathbf v\mathbf v^\top\right)\mathbf v^*", EQUAL),
    (STAR, r"-\frac{\pi-\phi}{2\pi}a^\top a^*\bigl(v^*-(v^\top v^*)v\bigr)", EQUAL),
    (STAR, r"-\frac{\pi-\phi}{2\pi}a^\top a^*\bigl(v^*-\cos\phi\, v\bigr)", EQUAL),
    (STAR, r"-\frac{(\pi-\phi)a^\top a^*}{2\pi}v^*", DIFFERENT),
    (STAR, r"\frac{\pi-\phi}{2\pi}a^\top a^*(I-vv^\top)v^*", DIFFERENT),
    (STAR, r"-\frac{\pi-\phi}{2\pi}a^\top a^*(1-vv^\top)v^*", UNREADABLE),
    (SPUR, r"\frac{1}{\pi-1}\left[\frac{\pi}{k+\pi-1}(\mathbf 1^\top a^*)^2-\|a^*\|^2\right]", EQUAL),
    (SPUR, r"\frac{1}{\pi-1}\left[\frac{\pi}{k+\pi-1}(\mathbf 1^\top a^*)^2-\|a^*\|_2^2\right]", EQUAL),
    (SPUR, r"\frac{1}{\pi-1}\left[\frac{\pi}{k+\pi-1}(\mathbb{1}^\top a^*)^2-\|a^*\|^2\right]", EQUAL),
    (SPUR, r"\frac{1}{\pi-1}\left[\frac{\pi(\sum_{i=1}^{k}a_i^*)^2}{k+\pi-1}-\sum_{i=1}^k(a_i^*)^2\right]", EQUAL),
    (SPUR, r"\frac{1}{\pi-1}\left[\frac{\pi}{k+\pi}(\mathbf 1^\top a^*)^2-\|a^*\|^2\right]", DIFFERENT),
    (SPUR, r"\frac{1}{\pi-1}\left[\frac{\pi}{k+\pi-1}(\mathbf 1^\top a^*)-\|a^*\|^2\right]", DIFFERENT),
    (HESSIAN, r"\frac{1}{2\pi}h^\top\left(\mathbf 1_k\mathbf 1_k^\top+(\pi-1)I_k\right)h\le\frac{k+\pi-1}{2\pi}\|h\|^2", EQUAL),
    (HESSIAN, r"h^\top\left(\mathbf 1\mathbf 1^\top+(\pi-1)I\right)h\leqslant(k+\pi-1)h^\top h", EQUAL),
    (HESSIAN, r"(k+\pi-1)\|h\|^2\geqslant(\mathbf 1^\top h)^2+(\pi-1)\|h\|^2", EQUAL),
    (HESSIAN, r"(k+\pi-1)\|h\|^2\geq(\mathbf 1^\top h)^2+\pi\|h\|^2", DIFFERENT),
    (HESSIAN, r"(\mathbf 1^\top h)^2\le k\|h\|^2", EQUAL),
    (WN, r"\frac{3\langle g,w\rangle\langle h,w\rangle w}{(\epsilon+\|w\|^2)^{5/2}}-\frac{\langle g,h\rangle w+\langle g,w\rangle h+\langle h,w\rangle g}{(\epsilon+\|w\|^2)^{3/2}}", EQUAL),
    (WN, r"\frac{3\langle g,w\rangle\langle h,w\rangle w}{(\epsilon+\|w\|^2)^{5/2}}-\frac{\langle g,h\rangle w+\langle g,w\rangle h-\langle h,w\rangle g}{(\epsilon+\|w\|^2)^{3/2}}", DIFFERENT),
    (WN, r"\frac{3 w^\top g\,w^\top h\,w}{\sqrt{\varepsilon+w^\top w}^5}-\frac{g^\top h\,w+w^\top g\,h+w^\top h\,g}{\sqrt{\varepsilon+w^\top w}^3}", EQUAL),
    (CE, r"\left(\operatorname{diag}(p)-pp^\top\right)h", UNREADABLE),
    (CE, r"\left(\mathrm{diag}(\operatorname{softmax}(z))-\operatorname{softmax}(z)\operatorname{softmax}(z)^\top\right)h", EQUAL),
    (CE, r"\mathrm{softmax}(z)\odot h-\mathrm{softmax}(z)\,\langle\mathrm{softmax}(z),h\rangle", EQUAL),
    (CE, r"\mathrm{softmax}(z)\odot h-\mathrm{softmax}(z)", DIFFERENT),
    ("macdonald2023.ce-gradient", r"\frac{e^{z}}{\sum_{j=1}^{n}e^{z_j}}-e_y", UNREADABLE),
    ("macdonald2023.ce-gradient", r"\frac{\exp(z)}{\mathbf 1^\top\exp(z)}-e_y", EQUAL),
    ("macdonald2023.square-gradient", r"\frac1N(F-Y)", EQUAL),
    ("macdonald2023.square-gradient", r"N^{-1}(Y-F)", DIFFERENT),
    ("macdonald2023.square-pl", r"\|\nabla c\|^2=\frac{1}{N^2}\|F-Y\|^2", UNREADABLE),
    # activations, diagonal matrices, Hadamard products
    (BLOCK, r"\tau\,\mathrm{diag}\bigl(\sigma'(h+\tau Wh)\bigr)\,b\,h^\top", EQUAL),
    (BLOCK, r"\tau\bigl(\sigma'(h+\tau Wh)\odot b\bigr)h^\top", EQUAL),
    (BLOCK, r"\tau\,\mathrm{diag}\bigl(\sigma^{\prime}(h+\tau Wh)\bigr)bh^\top", EQUAL),
    (BLOCK, r"\tau\,\mathrm{diag}\bigl(\dot\sigma(h+\tau Wh)\bigr)bh^\top", EQUAL),
    (BLOCK, r"\tau\,\mathrm{diag}\bigl(\mathbf 1\{h+\tau Wh>0\}\bigr)bh^\top", EQUAL),
    (BLOCK, r"\tau\,\mathrm{diag}\bigl(\sigma(h+\tau Wh)\bigr)bh^\top", DIFFERENT),
    (BLOCK, r"\tau\,\mathrm{diag}\bigl(\sigma'(\tau Wh)\bigr)bh^\top", DIFFERENT),
    (BLOCK, r"\tau\,\mathrm{diag}\bigl(\sigma'(h+\tau Wh)\bigr)hb^\top", DIFFERENT),
    (BACKPROP, r"(I+\tau W^\top)\operatorname{diag}(\sigma'(h+\tau Wh))b", EQUAL),
    (BACKPROP, r"(I+\tau W)^\top\operatorname{diag}(\sigma'((I+\tau W)h))b", EQUAL),
    (BACKPROP, r"(I+\tau W)\operatorname{diag}(\sigma'(h+\tau Wh))b", DIFFERENT),
    (LAST, r"\frac{c_\sigma}{m}z^\top z'\,(a\odot\sigma'(Wz))^\top(a\odot\sigma'(Wz'))", EQUAL),
    (LAST, r"\frac{c_\sigma}{m}\langle z,z'\rangle\sum_{r=1}^m a_r^2\,\sigma'(w_r^\top z)\sigma'(w_r^\top z')", UNREADABLE),
    (LAST, r"\frac{c_\sigma}{m}z^\top z'\,(a\odot\sigma'(Wz))^\top(a\odot\sigma'(Wz))", DIFFERENT),
    ("zhang2019.homogeneous", r"\operatorname{diag}(\sigma'(z))z=\sigma(z)", EQUAL),
    ("zhang2019.homogeneous", r"\sigma'(z)\odot z=\max(z,0)", EQUAL),
    ("zhang2019.block-gradient-norm", r"\|\tau vh^\top\|_F^2=\tau^2\|v\|^2\|h\|^2", EQUAL),
    ("zhang2019.block-gradient-norm", r"\operatorname{tr}\left(\tau^2vh^\top hv^\top\right)=\tau^2\|v\|^2\|h\|^2", EQUAL),
    ("zhang2019.block-gradient-norm", r"\tau\|v\|^2\|h\|^2", DIFFERENT),
    # expectations and their laws
    (KERNEL, r"\mathbb{E}_{(u,x)\sim\mathcal N(0,\begin{pmatrix}1&\cos\phi\\\cos\phi&1\end{pmatrix})}[\sigma(u)\sigma(x)]", EQUAL),
    (KERNEL, r"\mathbb{E}_{(u,x)\sim\mathcal N(0,\begin{bmatrix}1&\sin\phi\\\sin\phi&1\end{bmatrix})}[\sigma(u)\sigma(x)]", DIFFERENT),
    (STEP, r"\mathbb E\left[\mathbb 1\{u>0,x>0\}\right]", UNREADABLE),
    (STEP, r"\mathbb E\left[\mathbb 1_{\{u>0\}}\mathbb 1_{\{x>0\}}\right]", EQUAL),
    (MEAN, r"\mathbb{E}_{x\sim\mathcal N(0,1)}\max\{0,x\}=(2\pi)^{-1/2}", EQUAL),
    (MEAN, r"\mathrm{E}[\sigma(u)]=\frac{1}{\sqrt{2\pi}}", EQUAL),
    (MEAN, r"\mathbf{E}_{u}[\sigma(u)]=\frac{1}{\sqrt{2\pi}}", EQUAL),
    (MEAN, r"\int_0^\infty u\,\frac{1}{\sqrt{2\pi}}e^{-u^2/2}\,\mathrm{d}u", EQUAL),
    (MEAN, r"\frac{1}{\sqrt{2\pi}}\int_0^\infty u\,e^{-u^2/2}\,du", EQUAL),
    (MEAN, r"\int_{-\infty}^{\infty}\sigma(u)\frac{e^{-u^2/2}}{\sqrt{2\pi}}\,du", EQUAL),
    (MEAN, r"\mathbb{E}_{u\sim\mathcal N(0,2)}[\sigma(u)]", DIFFERENT),
    (MEAN, r"\mathbb{E}_{u\sim\mathcal U(0,1)}[\sigma(u)]", UNREADABLE),
    (MOMENT, r"\mathbb E_{g\sim\mathcal N(0,1)}\left[\phi(h+\tau sg)^2\right]", NOTATION),
    (MOMENT, r"(h^2+\tau^2s^2)\Phi\!\left(\tfrac{h}{\tau s}\right)+\tfrac{h\tau s}{\sqrt{2\pi}}\exp\!\left(-\tfrac{h^2}{2\tau^2s^2}\right)", EQUAL),
    (MOMENT, r"(h^2+\tau^2s^2)\Phi(h/(\tau s))+h\tau s\,p(h/\tau s)", EQUAL),
    (MOMENT, r"(h^2+\tau^2s^2)\Phi(h/(\tau s))-\frac{h\tau s}{\sqrt{2\pi}}e^{-(h/\tau s)^2/2}", DIFFERENT),
    (LAYER, r"\mathbb E_{W}\|\sigma(h+\tfrac{\tau}{\sqrt m}Wh)\|^2\ge\left(1+\frac{\tau^2}{2}\right)\|h\|^2", EQUAL),
    (LAYER, r"\left(1+\frac{\tau^2}{2}\right)\|h\|^2\le\mathbb E\left\|\sigma\Big(\big(I+\tfrac{\tau}{\sqrt m}W\big)h\Big)\right\|_2^2", EQUAL),
    (LAYER, r"\mathbb E_{W\sim\mathcal N(0,I)}\|\sigma(h+\tfrac{\tau}{\sqrt m}Wh)\|^2\ge\left(1+\tau^2\right)\|h\|^2", DIFFERENT),
    ("zhang2019.linear-moment", r"\mathbb E_W\|(I+\tfrac{\tau}{\sqrt m}W)h\|^2=(1+\tau^2)\|h\|^2", EQUAL),
    ("du2018.fc-diagonal", r"\frac{\mathbb E_W\|\sigma(Wx)\|^2}{m\,\mathbb E_u[\sigma(u)^2]}=1", EQUAL),
    ("du2018.mehler-3-3", r"\mathbb E[(u^3-3u)(v^3-3v)]=3!\rho^3", EQUAL),
    ("du2018.mehler-3-3", r"\mathbb E[(u^3-3u)(v^3-3v)]=3\rho^3", DIFFERENT),
    ("du2018.dual-square", r"q_1q_2(1+2\rho^2)", EQUAL),
    ("du2018.dual-square", r"q_1q_2(1+\rho^2)", DIFFERENT),
    ("du2018.dual-step", r"\frac14+\frac{\arcsin\rho}{2\pi}", EQUAL),
    ("du2018.dual-step", r"\frac{\pi-\arccos(\rho)}{2\pi}", EQUAL),
    ("du2018.dual-step", r"\frac{\pi-\cos^{-1}\rho}{2\pi}", EQUAL),
    # bounds
    (GAP, r"\pi-g(\phi)\;\le\;\frac\pi2\,\|v-v^*\|_2^2", EQUAL),
    (GAP, r"\pi-g(\theta)\le\frac{\pi}{2}\|v-v^*\|^2", NOTATION),
    (GAP, r"g(0)-g(\phi)\le\frac{\pi}{2}\|v-v^*\|^2", EQUAL),
    (GAP, r"\frac{\pi-g(\phi)}{\|v-v^*\|^2}\le\frac{\pi}{2}", EQUAL),
    (GAP, r"\pi-(\pi-\phi)\cos\phi-\sin\phi\le\pi(1-\cos\phi)", EQUAL),
    (GAP, r"\pi-g(\phi)<\frac{\pi}{2}\|v-v^*\|^2", DIFFERENT),
    (GAP, r"\pi-g(\phi)\le\frac{\pi}{2}\|v-v^*\|", DIFFERENT),
    (GAP, r"\pi-g(\phi)\lesssim\|v-v^*\|^2", UNREADABLE),
    (SMOOTH, r"\frac{3\epsilon|w|}{(\epsilon+w^2)^{5/2}}\le\frac{48\sqrt 5}{125\epsilon}", DIFFERENT),
    (SMOOTH, r"\frac{48}{25\sqrt5\,\epsilon}\ge 3\epsilon w(\epsilon+w^2)^{-5/2}", EQUAL),
    (SMOOTH, r"3\epsilon w(\epsilon+w^2)^{-5/2}\le\frac{48}{125\epsilon}", DIFFERENT),
    ("macdonald2023.ce-diagonal", r"p(1-p)\le\tfrac14", EQUAL),
    ("macdonald2023.ce-diagonal", r"2p(1-p)\le\tfrac14", DIFFERENT),
    ("macdonald2023.ce-concave", r"\frac{c}{1-e^{-c}}\le\frac{C}{1-e^{-C}}", EQUAL),
    ("zhang2019.relu-contracts", r"\|\sigma(h)\|\le\|h\|", EQUAL),
    ("zhang2019.growth-exponential", r"\log(1+\tau^2)\le\tau^2", EQUAL),
    ("zhang2019.growth-exponential", r"(1+\tau^2)^L\le e^{\tau^2L}", EQUAL),
    ("zhang2019.critical-limit", r"L\ln\!\left(1+\frac1{2L}\right)\le\frac12", EQUAL),
    ("zhang2019.critical-limit", r"L\log_2\!\left(1+\frac1{2L}\right)\le\frac12", DIFFERENT),
    ("zhang2019.converse", r"\left(1+\tfrac12L^{2c-1}\right)^{L}\ge1+\tfrac12L^{2c}", EQUAL),
    ("du2018.theorem-5-1", r"L(k)/L(0)\leq\left(1-\frac{\eta\lambda_{\min}\left(K^{(H)}\right)}{2}\right)^{k}", EQUAL),
    # derivatives, gradients
    ("liu2019.g-derivative", r"g'(\phi)=-(\pi-\phi)\sin\phi", EQUAL),
    ("liu2019.g-derivative", r"\frac{\mathrm dg}{\mathrm d\phi}=-(\pi-\phi)\sin\phi", EQUAL),
    ("liu2019.g-derivative", r"\frac{dg(\phi)}{d\phi}=-(\pi-\phi)\sin\phi", EQUAL),
    ("liu2019.g-derivative", r"g'(\phi)=(\pi-\phi)\sin\phi", DIFFERENT),
    ("liu2019.g-second-derivative", r"g''(\phi)=\sin\phi-(\pi-\phi)\cos\phi", EQUAL),
    ("liu2019.g-second-derivative", r"\frac{\partial^2 g}{\partial\phi^2}=\sin\phi-(\pi-\phi)\cos\phi", EQUAL),
    ("macdonald2023.en-first", r"\frac{\mathrm d}{\mathrm dw}\left(\frac{w}{\sqrt{\epsilon+w^2}}\right)=\frac{\epsilon}{(\epsilon+w^2)^{3/2}}", EQUAL),
    ("macdonald2023.en-first", r"\frac{\epsilon}{\left(\sqrt{\epsilon+w^2}\right)^3}", EQUAL),
    ("macdonald2023.en-first", r"\frac{\epsilon}{\sqrt[3]{(\epsilon+w^2)^2}}", DIFFERENT),
    ("macdonald2023.wn-potential", r"\nabla_w f=\frac{w}{(\epsilon+\|w\|^2)^{1/2}}", EQUAL),
    # what layout adds
    (KERNEL, "\\begin{equation}\\label{eq:k}\n\\frac{(\\pi-\\phi)\\cos\\phi+\\sin\\phi}{2\\pi}\\,.\n\\end{equation}", EQUAL),
    (KERNEL, "\\begin{align*}\n\\mathbb E[\\sigma(u)\\sigma(x)] &= \\frac{\\sin\\phi}{2\\pi} \\\\\n&\\quad + \\frac{(\\pi-\\phi)\\cos\\phi}{2\\pi} \\nonumber\n\\end{align*}", EQUAL),
    (ANGLE, "\\|v-v^*\\|^2 &= 2-2\\cos\\phi \\tag{7}\\\\", EQUAL),
    (ANGLE, "\\|v-v^*\\|^2 &{}= 2-2\\cos\\phi ,\\qquad \\label{eq:angle}", EQUAL),
    (ANGLE, "\\|v-v^*\\|^2 = 2 % a comment\n - 2\\cos\\phi\\!\\;", EQUAL),
    (ANGLE, r"\|v-v^*\|^2 = 2-2\cos\phi \quad\text{for all } \phi\in[0,\pi]", UNREADABLE),
    (ANGLE, r"\displaystyle \|v-v^*\|^2 \mathrel{=} 2-2\cos\phi", EQUAL),
    (ANGLE, r"\newcommand{\vs}{v^*} \|v-\vs\|^2 = 2-2\cos\phi", UNREADABLE),
    (GAP, "\\pi-g(\\phi)\n  &\\leq \\frac{\\pi}{2}\\|v-v^*\\|^2 \\\\\n  &= \\pi(1-\\cos\\phi)", EQUAL),
    (GAP, "\\pi-g(\\phi)\n  &\\leq \\frac{\\pi}{2}\\|v-v^*\\|^2 \\\\\n  &= 2\\pi(1-\\cos\\phi)", DIFFERENT),
    # letters of the reader's own
    (STEP, r"\frac12-\frac{\theta}{2\pi}", NOTATION),
    (ANGLE, r"\|w-w_*\|^2=2-2\cos\theta", NOTATION),
    (SMOOTH, r"\frac{3\delta x}{(\delta+x^2)^{5/2}}\le\frac{48\sqrt5}{125\delta}", NOTATION),
    ("zhang2019.bernoulli", r"(1+x)^n\ge1+nx", NOTATION),
    ("zhang2019.bernoulli", r"(1+x)^n\ge1+n", UNREADABLE),
    # constants
    ("du2018.c-erf", r"\frac{\pi}{2\arcsin(2/3)}", EQUAL),
    ("du2018.c-erf", r"c_{\mathrm{erf}}=\frac{\pi}{2\arcsin\frac23}\approx2.15", EQUAL),
    ("du2018.c-erf", r"\frac{\pi}{2\arcsin(1/3)}", DIFFERENT),
    ("du2018.c-softplus", r"c_\sigma\approx1.0855", EQUAL),
    ("du2018.c-softplus", r"c_\sigma=1.086", DIFFERENT),
    ("du2018.smoothness-gelu", r"\sqrt{2/\pi}", EQUAL),
    ("du2018.smoothness-erf", r"2\sqrt{\frac{2}{\pi e}}", EQUAL),
    ("du2018.c-sin", r"\frac{2}{1-e^{-2}}", EQUAL),
    ("du2018.c-sin", r"\frac{2e^2}{e^2-1}", EQUAL),
    ("du2018.c-sin", r"\frac{1}{1-e^{-2}}", DIFFERENT),
    ("liu2019.dissipativity-w-constant", r"\frac{7(1+\cos(5\pi/12))}{48}", EQUAL),
    ("liu2019.dissipativity-w-constant", r"0.1836", EQUAL),
    ("liu2019.dissipativity-w-constant", r"\frac18", DIFFERENT),
    # rates
    ("liu2019.finite-sample", r"N^{-1/2}", EQUAL),
    ("liu2019.finite-sample", r"\frac{1}{\sqrt N}", EQUAL),
    ("liu2019.finite-sample", r"1/N", DIFFERENT),
]  # fmt: skip


@pytest.mark.parametrize(("id", "text", "expected"), READ, ids=[f"{i}-{row[0]}" for i, row in enumerate(READ)])
def test_formula(id: str, text: str, expected: Outcome) -> None:
    found = against(id, text)
    assert found.outcome is expected, found
    if expected is UNREADABLE:
        assert found.at is not None
        assert 0 <= found.at <= len(text)
    if expected is DIFFERENT:
        # that values differ is said together with a point, or with the term that should be another
        assert found.witness or found.term or found.how not in ("", "values differ")


def test_there_are_many_of_each() -> None:
    assert len(READ) >= 120
    assert len({(id, text) for id, text, _ in READ}) == len(READ)
    for outcome, count in ((EQUAL, 60), (DIFFERENT, 40), (NOTATION, 4), (UNREADABLE, 12)):
        assert sum(expected is outcome for *_, expected in READ) >= count
